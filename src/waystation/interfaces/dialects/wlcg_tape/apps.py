"""Django's handle on the dialect's one table."""

from django.apps import AppConfig


class WlcgTapeConfig(AppConfig):
    """Labels the dialect's table `wlcg_tape_…`."""

    name = "waystation.interfaces.dialects.wlcg_tape"
    label = "wlcg_tape"
    default_auto_field = "django.db.models.BigAutoField"
