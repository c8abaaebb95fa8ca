"""Django's name for this subject."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Share links."""

    name = "waystation.domains.sharing"
    label = "sharing"
    default_auto_field = "django.db.models.BigAutoField"
