"""When rules let files leave, and to whom each goes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from waystation.domains.transfers.entities import Endpoint, Kind, RuleInfo
from waystation.kernel.errors import MalformedError
from waystation.kernel.retry import Backoff

_MIDNIGHT, _MINUTE = datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=1)
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
DAY = timedelta(days=1)
_AGAIN = Backoff(timedelta(seconds=2), timedelta(minutes=10), 10**9)


@dataclass(frozen=True, slots=True)
class Policy:
    """How this site sends and receives.

    Attributes:
        files, bytes: most of one shipment; a single larger file still goes.
        open: shipments of a rule to one partner that are on their way at a time.
        look: files that are looked at in one step.
        lease: whoever does not end a step within it has died.
        again: when a partner or an engine that did not answer is asked again.
        first_doubt: a file that did not get through is sent again after so long; it doubles.
        deadline: of one engine task.
        turn: all files of a rule are looked at again within it.
        verify: each known copy at a partner is asked for within it.
        fresh: a file goes from here only when its copies were seen within it.
        patience: a shipment that was announced is waited for so long; then its sender is asked.
        silent: a partner that has not answered for so long is told to administrators.
        slow: and a shipment that is under way for so long.
        zone: of days and windows.
        paths: folders of partners that engines of ours may write below; they say where, and
            would else write wherever we may.
    """

    files: int = 1_000
    bytes: int = 10**12
    open: int = 8
    look: int = 5_000
    lease: timedelta = timedelta(minutes=5)
    again: Backoff = field(default=_AGAIN)
    first_doubt: timedelta = timedelta(minutes=5)
    deadline: timedelta = timedelta(days=2)
    turn: timedelta = DAY
    verify: timedelta = timedelta(days=7)
    fresh: timedelta = timedelta(hours=1)
    patience: timedelta = timedelta(days=3)
    silent: timedelta = timedelta(minutes=30)
    slow: timedelta = timedelta(days=3)
    zone: tzinfo = UTC
    paths: tuple[str, ...] = ()

    def objection(self, target: Endpoint) -> str:
        """Why an end that a partner named, to write to or to read, is not believed; or empty."""
        if target.kind is not Kind.PATH:
            return ""
        root = PurePosixPath(target.facts.get("root", ""))
        if ".." in root.parts or not any(root.is_relative_to(path) for path in self.paths):
            return f"{root} is below none of the folders of sites.paths."
        return ""

    def pause(self, tries: int) -> timedelta:
        """How long to wait after so many fruitless calls."""
        return self.again.delay(tries + 1) or self.again.ceiling


def check_windows(windows: Sequence[str]) -> None:
    """Whether all of them are times of a day.

    Raises:
        MalformedError: one is not.
    """
    for window in windows:
        if not _WINDOW.fullmatch(window):
            raise MalformedError(
                f"{window!r} is no time of a day.", advice='Write "20:00-06:00", for instance.'
            )


def opens(windows: Sequence[str], at: datetime) -> timedelta:
    """How long until one of the windows is open; nothing when one is.

    Args:
        windows: "HH:MM-HH:MM"; one may go over midnight. None at all is always open.
        at: now, in the site's time.
    """
    waits = [_until(window, at) for window in windows]
    return min(waits, default=timedelta())


def _until(window: str, at: datetime) -> timedelta:
    found = _WINDOW.fullmatch(window)
    assert found is not None
    h1, m1, h2, m2 = map(int, found.groups())
    start, stop, now = time(h1, m1), time(h2, m2), at.time()
    inside = start <= now < stop if start < stop else now >= start or now < stop
    if inside or start == stop:
        return timedelta()
    first = datetime.combine(at.date(), start, at.tzinfo)
    return first - at if first > at else first + DAY - at


def lasts(
    size: int, *, rate: float | None, windows: Sequence[str], daily: int | None
) -> timedelta | None:
    """About how long so many bytes take; None when neither a rate nor a limit is known.

    Args:
        size: bytes.
        rate: bytes a second while they move.
        windows: when they may leave, "HH:MM-HH:MM"; none is always.
        daily: most bytes of one day.
    """
    if not size:
        return timedelta()
    if rate is None and daily is None:
        return None
    open_s = 60 * sum(not opens(windows, _MIDNIGHT + n * _MINUTE) for n in range(24 * 60))
    most = rate * open_s if rate else None
    day = min(each for each in (most, daily) if each is not None)
    days, rest = divmod(size, max(1.0, day))
    if not rest:
        days, rest = days - 1, day
    moving = rest / rate if rate else 0.0
    return timedelta(days=days, seconds=moving)


def target_of(rule: RuleInfo, path: str) -> str | None:
    """Where a file of the rule's space goes in the partner's; None when it is not the rule's."""
    inside = path.removeprefix(f"{rule.prefix}/") if rule.prefix else path
    if rule.prefix and inside == path:
        return None
    if rule.pattern and not fnmatchcase(path.rpartition("/")[2], rule.pattern):
        return None
    return f"{rule.target_prefix}/{inside}" if rule.target_prefix else inside


def chosen(entry_id: int, *, rank: int, destinations: int, copies: int) -> bool:
    """Whether a file goes to the destination of this rank: copies are spread evenly."""
    return (rank - entry_id) % destinations < copies
