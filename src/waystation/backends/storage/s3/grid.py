"""Where the parts of a multipart upload begin and end. Pure.

It follows from the size that was announced alone, so that whoever goes on with an upload, or
writes the same bytes beside somebody late, sends the same parts.
"""

from dataclasses import dataclass

MOST_PARTS = 10_000
"""Of one upload, as S3 has it."""

_MIB = 2**20
_STEP = 1_500
"""Parts of one size where nobody knows how many will come; then they double."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The parts of one upload; they are counted from 1.

    Attributes:
        unit: bytes of a part; of the first ones when they grow.
        grows: nobody knows how much will come.
    """

    unit: int
    grows: bool

    @classmethod
    def of(cls, expected: int | None, least: int) -> "Grid":
        """For so many bytes in parts of at least so many."""
        if expected is None:
            return cls(least, grows=True)
        even = -(-expected // (MOST_PARTS * _MIB)) * _MIB
        return cls(max(least, even), grows=False)

    def size(self, number: int) -> int:
        """Bytes of a part, unless it is the last."""
        return self.unit << ((number - 1) // _STEP if self.grows else 0)

    def start(self, number: int) -> int:
        """Offset of a part's first byte."""
        if not self.grows:
            return (number - 1) * self.unit
        steps, left = divmod(number - 1, _STEP)
        return self.unit * (_STEP * ((1 << steps) - 1) + (left << steps))

    def number(self, offset: int) -> int:
        """The part that the byte at an offset is in."""
        if not self.grows:
            return offset // self.unit + 1
        number = 1
        while self.start(number + _STEP) <= offset:
            number += _STEP
        return number + (offset - self.start(number)) // self.size(number)
