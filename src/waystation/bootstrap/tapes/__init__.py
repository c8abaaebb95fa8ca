"""The tape back ends by the kind that the settings name, and where their news comes from."""

from importlib import import_module

from waystation.domains.staging.door import TapeBackend
from waystation.domains.staging.ports import NewsSource
from waystation.settings import Settings
from waystation.settings.tapes import ScoutAM


def tape_backends(settings: Settings) -> dict[str, TapeBackend]:
    """Every tape system of the settings, by name.

    Each kind has a module of its name here with `make(settings, name)`; only those that are used
    are imported.
    """
    made: dict[str, TapeBackend] = {}
    for name, system in settings.backends.items():
        made[name] = import_module(f"{__name__}.{system.kind}").make(settings, name)
    return made


def news_of(settings: Settings, name: str) -> NewsSource | None:
    """Where a tape system's own news comes from; None when it sends none."""
    from waystation.bootstrap.tapes import scoutam

    system = settings.backends[name]
    return scoutam.news(system, name) if isinstance(system, ScoutAM) else None
