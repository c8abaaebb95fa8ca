"""Durations as people write and read them: `7d`, `1w2d`, `90m`, `about 25 min`."""

import re

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)
# People read "75 s" and "80 min" well, "120 min" less so.
_FINE = 90
_TWO_DAYS_H = 48


def parse(text: str) -> int:
    """Return whole seconds for `7d`, `1w2d`, `36h`, `1.5h`.

    Raises:
        ValueError: With a sentence for the user, when it is no duration or not above zero.
    """
    cleaned = text.strip().replace(" ", "")
    parts = _PART.findall(cleaned)
    if not parts or "".join(number + unit for number, unit in parts) != cleaned:
        raise ValueError(f"{text!r} is not a duration. Write for instance 7d, 36h or 1w2d.")
    seconds = round(sum(float(number) * _UNITS_S[unit.lower()] for number, unit in parts))
    if seconds <= 0:
        raise ValueError(f"{text!r} is no time at all. Write for instance 7d.")
    return seconds


def words(seconds: float) -> str:
    """Return a duration in at most two units, as fine as a person needs it: `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < _FINE:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < _FINE:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < _TWO_DAYS_H:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(round(hours + rest / 60), 24)
    return f"{days} d {rest} h" if rest else f"{days} d"
