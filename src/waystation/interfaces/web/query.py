"""What addresses say, read with care: a bad number is no number."""

from django.http import QueryDict

_DIGITS = 18
"""Fewer than a 64-bit number can have, so that the database never refuses one."""


def number_or_none(query: QueryDict, name: str) -> int | None:
    """A whole number from the address, or None."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
