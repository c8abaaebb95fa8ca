"""Django's handle on the dialect's tables."""

from django.apps import AppConfig


class LibrarianConfig(AppConfig):
    """Labels the dialect's tables `librarian_…`."""

    name = "waystation.interfaces.dialects.librarian"
    label = "librarian"
    default_auto_field = "django.db.models.BigAutoField"
