"""An IBM Spectrum Archive EE of the settings."""

from typing import cast

from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.bootstrap.tapes.places import list_dir, roots
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.tapes import SpectrumArchive as EeSettings


def make(settings: Settings, name: str) -> TapeBackend:
    """The back end."""
    system = cast("EeSettings", settings.backends[name])
    config = EeadmConfig(
        eeadm=system.eeadm,
        list_dir=list_dir(settings, name),
        roots=roots(settings, name),
        sudo_user=system.sudo_user,
        libraries=system.libraries,
        drives=system.drives,
        xattr=system.xattr,
        command_timeout_s=system.command_timeout_s,
        list_limit=system.list_limit,
        release_pool=system.release_pool,
    )
    return SpectrumArchive(config, SystemClock())
