"""Django's handle on the subject."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Labels the subject's tables `transfers_…`."""

    name = "waystation.domains.transfers"
    label = "transfers"
    default_auto_field = "django.db.models.BigAutoField"
