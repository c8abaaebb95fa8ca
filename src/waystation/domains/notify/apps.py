"""Django's name for this subject."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Who is told of what, and whether they heard."""

    name = "waystation.domains.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"
