"""Django's handle on the subject."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Labels the subject's tables `accounts_…`."""

    name = "waystation.domains.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
