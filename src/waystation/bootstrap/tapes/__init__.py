"""The tape back ends by the kind that the settings name, and where their news comes from."""

from collections.abc import Callable, Mapping

from waystation.bootstrap.tapes import ltfs, scoutam, script, spectrum_archive, wlcg_tape
from waystation.domains.staging.door import TapeBackend
from waystation.domains.staging.ports import NewsSource
from waystation.settings import Settings
from waystation.settings_tapes import ScoutAM

# A kind of tape system, and who builds it of (all settings, its name).
_MAKERS: Mapping[str, Callable[[Settings, str], TapeBackend]] = {
    "spectrum_archive": spectrum_archive.make,
    "scoutam": scoutam.make,
    "ltfs": ltfs.make,
    "script": script.make,
    "wlcg_tape": wlcg_tape.make,
}


def tape_backends(settings: Settings) -> dict[str, TapeBackend]:
    """Every tape system of the settings, by name."""
    return {
        name: _MAKERS[system.kind](settings, name) for name, system in settings.backends.items()
    }


def news_of(settings: Settings, name: str) -> NewsSource | None:
    """Where a tape system's own news comes from; None when it sends none."""
    system = settings.backends[name]
    return scoutam.news(system, name) if isinstance(system, ScoutAM) else None
