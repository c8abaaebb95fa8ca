"""Django's handle on the subject."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Labels the subject's tables `audit_…`."""

    name = "waystation.domains.audit"
    label = "audit"
    default_auto_field = "django.db.models.BigAutoField"
