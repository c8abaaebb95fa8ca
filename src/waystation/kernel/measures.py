"""Numbers that operators draw curves of."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A number: its name, what it is, of what, and how much."""

    name: str
    words: str
    labels: Mapping[str, str]
    value: float
