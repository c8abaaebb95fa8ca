"""Tape libraries and sites in a few figures: the same for everybody, so they are asked for once.

Home pages that stay open ask every 15 seconds; the picture behind the figures sums up the last
hour of all requests. The page that shows it whole (`pages/tape.py`) is told by events, and asks
itself.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.core.cache import cache

from waystation.domains.accounts.door import Grant
from waystation.domains.staging.door import BackendView, Staging
from waystation.domains.transfers.door import AlarmView, Transfers

log = logging.getLogger(__name__)

T = TypeVar("T")

KEY = "tape-at-a-glance"
SITES_KEY = "sites-at-a-glance"
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


@dataclass(frozen=True, slots=True)
class SitesGlance:
    """What is shown of other sites beside other things.

    Attributes:
        sites: how many are switched on.
        answering: of them.
        moving: shipments on their way, out and in.
        sent_day, received_day: bytes in the last 24 hours.
        alarms: what a person should look at.
    """

    sites: int
    answering: int
    moving: int
    sent_day: int
    received_day: int
    alarms: tuple[AlarmView, ...]


def glance(staging: Staging, who: Grant) -> Glance:
    """The figures, at most `GOOD_FOR_S` old; a cache that is away is one that has nothing."""

    def look() -> Glance:
        library = staging.library(who)
        return Glance(
            drives=len(library.drives),
            reading=sum(drive.state == "reading" for drive in library.drives),
            queued_files=library.queued_files,
            queued_bytes=library.queued_bytes,
            mounts_last_hour=library.mounts_last_hour,
            silent=tuple(each for each in library.backends if each.state == "down"),
        )

    return _once(KEY, Glance, look)


def sites_glance(transfers: Transfers, who: Grant) -> SitesGlance | None:
    """The same of other sites; None for who does not look after them, and where there are none."""
    if not who.admin:
        return None

    def look() -> SitesGlance:
        partners = [each for each in transfers.partners(who) if each.enabled]
        return SitesGlance(
            sites=len(partners),
            answering=sum(not each.words for each in partners),
            moving=sum(each.going + each.coming for each in partners),
            sent_day=sum(each.sent_day for each in partners),
            received_day=sum(each.received_day for each in partners),
            alarms=tuple(transfers.alarms(who)),
        )

    found = _once(SITES_KEY, SitesGlance, look)
    return found if found.sites else None


def _once(key: str, kind: type[T], look: Callable[[], T]) -> T:
    found = _kept(key)
    if isinstance(found, kind):
        return found
    seen = look()
    _keep(key, seen)
    return seen


def _kept(key: str) -> object:
    try:
        return cache.get(key)
    except Exception as problem:  # noqa: BLE001 - each kind of cache has errors of its own
        log.warning("the cache does not answer: %s", problem)
        return None


def _keep(key: str, found: object) -> None:
    try:
        cache.set(key, found, GOOD_FOR_S)
    except Exception as problem:  # noqa: BLE001 - each kind of cache has errors of its own
        log.warning("the cache does not take anything: %s", problem)
