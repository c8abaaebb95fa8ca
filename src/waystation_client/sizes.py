"""Sizes for people: decimal units, as tape cartridges and disks are sold."""

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
# From here on the rounded figure needs another digit, or the next unit.
_ROUNDS_TO_1000, _ROUNDS_TO_100, _ROUNDS_TO_10 = 999.5, 99.95, 9.995


def words(size: int | None) -> str:
    """Return `1.25 TB` for 1 250 000 000 000; `unknown` for None. Three digits that count."""
    if size is None:
        return "unknown"
    value = float(size)
    for unit in _UNITS[:-1]:
        if value < _ROUNDS_TO_1000:
            return f"{size} B" if unit == "B" else f"{_three_digits(value)} {unit}"
        value /= 1000
    return f"{_three_digits(value)} {_UNITS[-1]}"


def _three_digits(value: float) -> str:
    if value >= _ROUNDS_TO_100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= _ROUNDS_TO_10 else f"{value:.2f}"


def count(number: int) -> str:
    """Return a number with thousands apart: `1,000,000`."""
    return f"{number:,}"
