"""Django's name for this subject."""

from django.apps import AppConfig


class HostingConfig(AppConfig):
    """Spaces, uploads, trash."""

    name = "waystation.domains.hosting"
    label = "hosting"
    default_auto_field = "django.db.models.BigAutoField"
