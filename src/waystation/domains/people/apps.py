"""Django's handle on the subject."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Labels the subject's tables `people_…`."""

    name = "waystation.domains.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
