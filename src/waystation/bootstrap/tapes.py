"""The tape back ends by the kind that the settings name."""

from pathlib import Path

from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings


def tape_backends(settings: Settings) -> dict[str, TapeBackend]:
    """Every tape system of the settings, by name."""
    return {name: _spectrum_archive(settings, name) for name in settings.backends}


def list_dir(settings: Settings, name: str) -> Path:
    """Where a tape system's recall lists are kept."""
    return settings.backends[name].list_dir or settings.data_dir / "lists" / name


def _spectrum_archive(settings: Settings, name: str) -> TapeBackend:
    system = settings.backends[name]
    config = EeadmConfig(
        eeadm=system.eeadm,
        list_dir=list_dir(settings, name),
        roots=tuple(store.root for store in settings.stores.values() if store.backend == name),
        sudo_user=system.sudo_user,
        libraries=system.libraries,
        drives=system.drives,
        xattr=system.xattr,
        command_timeout_s=system.command_timeout_s,
        list_limit=system.list_limit,
        release_pool=system.release_pool,
    )
    return SpectrumArchive(config, SystemClock())
