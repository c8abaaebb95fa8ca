"""Give Django our settings, once a process, and bring the schema up to date."""

import django
from django.conf import settings as django_settings
from django.core.management import call_command

from waystation.backends.postgres.supervisor import running
from waystation.kernel.errors import UnavailableError
from waystation.settings import current, name_database


def start_django() -> None:
    """Configure Django from `waystation.django_settings`.

    Raises:
        UnavailableError: the settings name no database, and none of ours runs here.
    """
    if django_settings.configured:
        return
    if current().postgres.dsn is None:
        _use_the_one_beside()
    from waystation import django_settings as ours

    names = [name for name in dir(ours) if name.isupper()]
    django_settings.configure(**{name: getattr(ours, name) for name in names})
    django.setup()


def migrate() -> None:
    """Apply schema changes that are not applied yet."""
    call_command("migrate", interactive=False, verbosity=0)


def _use_the_one_beside() -> None:
    """An operator's command beside `waystation up`: its database is ours, too."""
    dsn = running(current().data_dir)
    if dsn is None:
        raise UnavailableError(
            "Waystation does not run here, and the settings name no database.",
            advice="Start `waystation up`, and do this beside it; or set postgres.dsn.",
        )
    name_database(dsn)
