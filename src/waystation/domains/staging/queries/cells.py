"""Cells of a row in their types; a row is what the database says, a view is what we promise."""

from datetime import datetime

from waystation.kernel.database import Row, Value


def number(row: Row, name: str) -> int:
    """A cell that is always a number."""
    value = row[name]
    assert isinstance(value, int)
    return value


def maybe_number(row: Row, name: str) -> int | None:
    """A number or NULL; PostgreSQL sums bigint to numeric, which arrives as Decimal."""
    value: Value = row[name]
    return None if value is None else int(str(value))


def text(row: Row, name: str) -> str:
    """A cell that is always text."""
    return str(row[name])


def maybe_text(row: Row, name: str) -> str | None:
    """Text or NULL."""
    value = row[name]
    return None if value is None else str(value)


def moment(row: Row, name: str) -> datetime:
    """A cell that is always a moment."""
    value = row[name]
    assert isinstance(value, datetime)
    return value


def maybe_moment(row: Row, name: str) -> datetime | None:
    """A moment or NULL."""
    value = row[name]
    return value if isinstance(value, datetime) else None
