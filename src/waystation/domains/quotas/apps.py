"""Django's name for this subject."""

from django.apps import AppConfig


class QuotasConfig(AppConfig):
    """Limits and usage."""

    name = "waystation.domains.quotas"
    label = "quotas"
    default_auto_field = "django.db.models.BigAutoField"
