"""Django's handle on the subject."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Labels the subject's tables `jobs_…`."""

    name = "waystation.domains.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
