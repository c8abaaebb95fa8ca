"""Django's handle on the dialect's tables."""

from django.apps import AppConfig


class MwaStagingConfig(AppConfig):
    """Labels the dialect's tables `mwa_staging_…`."""

    name = "waystation.interfaces.dialects.mwa_staging"
    label = "mwa_staging"
    default_auto_field = "django.db.models.BigAutoField"
