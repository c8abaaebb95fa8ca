"""What pages say about numbers, times and states; pure, so that it can be read and tested alone.

`static/web/js/wording.js` says the same in the browser for figures that move; a test holds the two
together.
"""

from datetime import datetime, timedelta

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
# From here on the rounded figure needs another digit, or the next unit.
_ROUNDS_TO_1000, _ROUNDS_TO_100, _ROUNDS_TO_10 = 999.5, 99.95, 9.995
# People read "75 s" and "80 min" well, "120 min" less so.
_FINE = 90
_TWO_DAYS_H = 48
UNKNOWN = "\N{EN DASH}"
NARROW = "\N{NARROW NO-BREAK SPACE}"

REQUEST_STATES = {
    "active": "being staged",
    "complete": "complete",
    "partial": "some files failed",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "expired",
}
FILE_STATES = {
    "online": "on disk",
    "recalling": "being read",
    "queued": "in the queue",
    "waiting": "accepted",
    "failed": "failed",
    "cancelled": "cancelled",
    "released": "released",
}
"""In the order of bars and legends: what is done first."""
PLACES = {
    "nearline": "on tape",
    "online": "on disk",
    "online_and_nearline": "on disk and on tape",
    "missing": "no such file",
    "lost": "no readable copy",
    "unknown": "not known",
}
EVENTS = {
    "submitted": "asked for",
    "located": "found on tape",
    "queued": "put in the queue",
    "recalling": "being read",
    "online": "came to disk",
    "failed": "failed",
    "evicted": "left the disk again and are asked for again",
    "cancelled": "cancelled",
    "released": "released",
    "extended": "held longer",
    "retried": "asked for again",
    "finished": "ended",
    "expired": "given up, their time ran out",
}
DRIVE_STATES = {
    "empty": "empty",
    "mounting": "mounting",
    "reading": "reading",
    "idle": "mounted, idle",
    "unmounting": "unmounting",
    "offline": "out of service",
    "unknown": "not known",
}


def size(count: int | None) -> str:
    """Bytes in decimal units with three digits that count; an en dash when not known."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < _ROUNDS_TO_1000:
            return f"{count} B" if unit == "B" else f"{_three_digits(value)} {unit}"
        value /= 1000
    return f"{_three_digits(value)} {_UNITS[-1]}"


def _three_digits(value: float) -> str:
    if value >= _ROUNDS_TO_100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= _ROUNDS_TO_10 else f"{value:.2f}"


def duration(seconds: float) -> str:
    """A time span in two units at most, as fine as a person needs it."""
    whole = max(0, int(seconds + 0.5))
    if whole < _FINE:
        return f"{whole} s"
    minutes = int(whole / 60 + 0.5)
    if minutes < _FINE:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < _TWO_DAYS_H:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(int(hours + rest / 60 + 0.5), 24)
    return f"{days} d {rest} h" if rest else f"{days} d"


def number(count: int) -> str:
    """Thousands apart by a narrow space, which no language mistakes for a decimal mark."""
    return f"{count:,}".replace(",", NARROW)


def event(kind: str, count: int, bytes_: int | None, words: str) -> str:
    """What happened, in one line: how many files, what became of them, and the server's words."""
    if not count:
        return words or f"The request {EVENTS.get(kind, kind)}"
    files = "1 file" if count == 1 else f"{number(count)} files"
    much = f", {size(bytes_)}" if bytes_ else ""
    line = f"{files} {EVENTS.get(kind, kind)}{much}"
    return f"{line}: {words}" if words else line


def share(part: float, whole: float) -> str:
    """Percent, rounded down: 100 % is said only when all is there."""
    if whole <= 0:
        return f"0{NARROW}%"
    return f"{int(100 * part / whole)}{NARROW}%"


def moment(at: datetime, now: datetime) -> str:
    """A time in UTC for those without JavaScript; the browser turns it to the local clock."""
    if abs(at - now) < timedelta(hours=12) and at.date() == now.date():
        return f"{at:%H:%M} UTC"
    return f"{at:%d %b %H:%M} UTC" if at.year == now.year else f"{at:%Y-%m-%d %H:%M} UTC"


_SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "CrOS", "Linux")
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
             ("Safari/", "Safari"))  # fmt: skip
"""In this order: every one claims to be those after it."""


def browser(agent: str) -> str:
    """What a browser says that it is, as people call it; its own words when it is no browser."""
    name = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((each for each in _SYSTEMS if each in agent), "")
    if not name:
        return agent[:60] or "unknown browser"
    return f"{name} on {system}" if system else name
