"""Give Django our settings, once a process, and bring the schema up to date."""

import django
from django.conf import settings as django_settings
from django.core.management import call_command


def start_django() -> None:
    """Configure Django from `waystation.django_settings`."""
    if django_settings.configured:
        return
    from waystation import django_settings as ours

    names = [name for name in dir(ours) if name.isupper()]
    django_settings.configure(**{name: getattr(ours, name) for name in names})
    django.setup()


def migrate() -> None:
    """Apply schema changes that are not applied yet."""
    call_command("migrate", interactive=False, verbosity=0)
