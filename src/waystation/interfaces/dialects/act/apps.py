"""Django's handle on the dialect's tables."""

from django.apps import AppConfig


class ActConfig(AppConfig):
    """Labels the dialect's tables `act_…`."""

    name = "waystation.interfaces.dialects.act"
    label = "act"
    default_auto_field = "django.db.models.BigAutoField"
