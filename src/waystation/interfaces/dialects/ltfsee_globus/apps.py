"""Django's handle on the dialect's one table."""

from django.apps import AppConfig


class LtfseeGlobusConfig(AppConfig):
    """Labels the dialect's table `ltfsee_globus_…`."""

    name = "waystation.interfaces.dialects.ltfsee_globus"
    label = "ltfsee_globus"
    default_auto_field = "django.db.models.BigAutoField"
