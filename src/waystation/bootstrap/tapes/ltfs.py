"""Mounted LTFS cartridges of the settings."""

from typing import cast

from waystation.backends.tape.ltfs.backend import Ltfs
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.bootstrap.tapes.places import list_dir
from waystation.domains.staging.door import TapeBackend
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import MalformedError
from waystation.settings import Settings
from waystation.settings.tapes import Ltfs as LtfsSettings


def make(settings: Settings, name: str) -> TapeBackend:
    """The back end.

    Raises:
        MalformedError: `sources` names a store that is not one of its own.
    """
    system = cast("LtfsSettings", settings.backends[name])
    strange = [
        called
        for called in system.sources
        if called not in settings.stores or settings.stores[called].backend != name
    ]
    if strange:
        raise MalformedError(
            f"backends.{name}.sources names {strange[0]!r}, which is no store of this back end.",
            advice="Name stores whose `backend` is this one.",
        )
    trees = [
        Tree(store.root, system.sources.get(called, ""))
        for called, store in settings.stores.items()
        if store.backend == name
    ]
    config = LtfsConfig(
        mount=system.mount,
        list_dir=list_dir(settings, name),
        trees=tuple(trees),
        one_cartridge=system.one_cartridge,
        drives=system.drives,
        releases=system.releases,
        fsync=system.fsync,
        checksums=system.checksums,
        timeout_s=system.timeout_s,
        fresh_s=system.fresh_s,
        list_limit=system.list_limit,
    )
    return Ltfs(config, SystemClock())
