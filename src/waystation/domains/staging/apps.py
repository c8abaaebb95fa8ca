"""Django's handle on the subject."""

from django.apps import AppConfig


class StagingConfig(AppConfig):
    """Labels the subject's tables `staging_…`."""

    name = "waystation.domains.staging"
    label = "staging"
    default_auto_field = "django.db.models.BigAutoField"
