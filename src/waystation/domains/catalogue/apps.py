"""Django's handle on the subject."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Labels the subject's tables `catalogue_…`."""

    name = "waystation.domains.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
