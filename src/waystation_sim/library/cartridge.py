"""A cartridge: its barcode, its real wrap ends and its damage."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from waystation_sim.library.events import Read

MEDIUM_ERROR = "medium error"
"""The code of a read that fails because of the tape, unless a fault names another."""


@dataclass(slots=True)
class Cartridge:
    """One tape of a library.

    Attributes:
        barcode: the name on its label.
        eowp: real end-of-wrap positions, bytes, ascending, one a wrap; None = equal wraps.
        bad_from: every read that touches a byte from here on fails; None = good.
        bad_starts: start positions of single unreadable files, with the error code of each.
        code: error code for `bad_from`.
    """

    barcode: str
    eowp: Sequence[float] | None = None
    bad_from: float | None = None
    bad_starts: dict[int, str] = field(default_factory=dict)
    code: str = MEDIUM_ERROR

    def error_of(self, read: Read) -> str | None:
        """Return the code with which this read fails, None if it succeeds."""
        if read.start in self.bad_starts:
            return self.bad_starts[read.start]
        if self.bad_from is not None and read.start + max(read.length, 1) > self.bad_from:
            return self.code
        return None
