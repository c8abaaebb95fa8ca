"""The tape libraries in a few figures: the same for everybody, so it is asked for once.

Home pages that stay open ask every 15 seconds; the picture behind the figures sums up the last
hour of all requests. The page that shows it whole (`pages/tape.py`) is told by events, and asks
itself.
"""

import logging
from dataclasses import dataclass

from django.core.cache import cache

from waystation.domains.accounts.door import Grant
from waystation.domains.staging.door import BackendView, Staging

log = logging.getLogger(__name__)

KEY = "tape-at-a-glance"
GOOD_FOR_S = 5


@dataclass(frozen=True, slots=True)
class Glance:
    """What is shown of the tape libraries beside other things.

    Attributes:
        drives: how many there are.
        reading: of them.
        queued_files, queued_bytes: that wait.
        mounts_last_hour: of all drives.
        silent: tape systems that do not answer.
    """

    drives: int
    reading: int
    queued_files: int
    queued_bytes: int
    mounts_last_hour: int
    silent: tuple[BackendView, ...]


def glance(staging: Staging, who: Grant) -> Glance:
    """The figures, at most `GOOD_FOR_S` old; a cache that is away is one that has nothing."""
    found = _kept()
    if found is None:
        library = staging.library(who)
        found = Glance(
            drives=len(library.drives),
            reading=sum(drive.state == "reading" for drive in library.drives),
            queued_files=library.queued_files,
            queued_bytes=library.queued_bytes,
            mounts_last_hour=library.mounts_last_hour,
            silent=tuple(each for each in library.backends if each.state == "down"),
        )
        _keep(found)
    return found


def _kept() -> Glance | None:
    try:
        found = cache.get(KEY)
    except Exception as problem:  # noqa: BLE001 - each kind of cache has errors of its own
        log.warning("the cache does not answer: %s", problem)
        return None
    return found if isinstance(found, Glance) else None


def _keep(found: Glance) -> None:
    try:
        cache.set(KEY, found, GOOD_FOR_S)
    except Exception as problem:  # noqa: BLE001 - each kind of cache has errors of its own
        log.warning("the cache does not take anything: %s", problem)
