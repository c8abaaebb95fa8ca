"""The geometry of bars and bands, in parts of a thousand; pure, the templates only place it.

Bars are SVG with attributes: the content policy forbids inline styles, and a drawing made by the
server is there without JavaScript too.
"""

from dataclasses import dataclass
from datetime import datetime

from waystation.interfaces.web.wording import FILE_STATES

WIDTH = 1000
_ROOM_AFTER = 0.06
"""The axis goes on a little behind the late end, so that the end can be seen to be one."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a bar."""

    state: str
    x: float
    width: float
    files: int


def segments(counts: object, files: int) -> list[Segment]:
    """Cut a bar by how many files are in each state, what is done first.

    Args:
        counts: Has one number for each word of `FILE_STATES`.
        files: How many there are in all.
    """
    cut, x = [], 0.0
    for state in FILE_STATES:
        number = int(getattr(counts, state))
        width = WIDTH * number / max(files, 1)
        cut.append(Segment(state, round(x, 2), round(width, 2), number))
        x += width
    return cut


@dataclass(frozen=True, slots=True)
class Track:
    """The way from "asked" to "ready": where now is, and the band the arrival should fall in."""

    now: float
    low: float
    at: float
    high: float

    @property
    def band(self) -> float:
        """Width of the band, at least wide enough to be seen."""
        return max(self.high - self.low, 6.0)


def track(asked: datetime, now: datetime, *, low: datetime, at: datetime, high: datetime) -> Track:
    """Place now and the 80 % band on an axis from the request to a little after the late end."""
    end = max(high, now)
    span = (end - asked).total_seconds() * (1 + _ROOM_AFTER) or 1.0

    def place(when: datetime) -> float:
        return round(min(max(WIDTH * (when - asked).total_seconds() / span, 0.0), WIDTH), 1)

    return Track(now=place(now), low=place(max(low, now)), at=place(max(at, now)), high=place(end))
