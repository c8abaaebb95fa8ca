"""Bring database and accounts to where a service can start: schema, stores, a first account."""

import secrets

from waystation.bootstrap.django_start import migrate, start_django
from waystation.settings import Settings


def prepare(settings: Settings) -> None:
    """Apply the schema and make the stores equal to the settings."""
    start_django()
    migrate()
    if settings.web.cache == "database":
        from django.core.management import call_command

        call_command("createcachetable", verbosity=0)
    from waystation.bootstrap import house

    built = house.services(settings, "prepare")
    try:
        built.catalogue.sync_stores(house.stores(settings))
    finally:
        built.database.close()


def add_user(name: str, *, admin: bool, password: str | None = None) -> str:
    """Make an account, or give it a new password; the password, made when none is given."""
    start_django()
    from waystation.domains.accounts.models import User

    chosen = password or secrets.token_urlsafe(12)
    user, _ = User.objects.get_or_create(username=name)
    user.is_superuser = user.is_staff = admin
    user.set_password(chosen)
    user.save()
    return chosen


def has_users() -> bool:
    """Whether anybody has an account."""
    start_django()
    from waystation.domains.accounts.models import User

    return User.objects.exists()
