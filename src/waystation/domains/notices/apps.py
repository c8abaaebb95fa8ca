"""Django's handle on the subject."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Labels the subject's tables `notices_…`."""

    name = "waystation.domains.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
