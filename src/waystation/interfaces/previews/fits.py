"""Headers of a FITS file, read without its data. Pure but for the reading.

By the FITS Standard 4.0 (IAU FITS Working Group, 2018; doi:10.1051/0004-6361/201015362 for 3.0):
blocks of 2,880 bytes (3.1), cards of 80 characters of ASCII (4.1), a header ends with the card END
(4.4.1.1), the length of the data is in its equations 1, 2 and 4 (4.4.1.2, 6.1). What a file says
of itself is never believed beyond its own end, and only so many HDUs and cards are looked at.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Protocol

BLOCK, CARD = 2_880, 80
MOST_HDUS = 40
MOST_BLOCKS = 56
"""Of one header: 2,016 cards."""
MAGIC = b"SIMPLE  =                    T"

_NUMBER = re.compile(r"\s*([+-]?\d{1,18})\s*(?:/.*)?$")
_TEXT = re.compile(r"\s*'((?:[^']|'')*)'")
_MOST_AXES = 999
_KINDS = {
    8: "bytes",
    16: "16-bit integers",
    32: "32-bit integers",
    64: "64-bit integers",
    -32: "32-bit floats",
    -64: "64-bit floats",
}


class Seekable(Protocol):
    """What can be read from any place."""

    def seek(self, offset: int, length: int) -> None:
        """Read so many bytes from there on next."""
        ...

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many."""
        ...


@dataclass(frozen=True, slots=True)
class Hdu:
    """A header and what it says of its data.

    Attributes:
        number: of it, from 0.
        title: what it is, for people.
        cards: its cards as they stand there, without blank ones at the end; END is left out.
        data_bytes: that follow it, without filling.
        broken: what is wrong with it; nothing behind it can be found then. Empty: nothing.
    """

    number: int
    title: str
    cards: tuple[str, ...]
    data_bytes: int
    broken: str = ""

    @property
    def text(self) -> str:
        """Its cards, a line each."""
        return "\n".join(self.cards)


def ours(head: bytes) -> bool:
    """Whether a file begins as FITS does."""
    return head.startswith(MAGIC)


def headers(file: Seekable, size: int) -> Iterator[Hdu]:
    """Headers one after the other, at most `MOST_HDUS`.

    Args:
        file: that can be read from any place.
        size: of it, in bytes.
    """
    at = 0
    for number in range(MOST_HDUS):
        if at >= size:
            return
        file.seek(at, min(MOST_BLOCKS * BLOCK, size - at))
        cards, blocks, words = _cards(file)
        if not cards and number:
            return  # filling behind the last HDU (3.5 "special records")
        told = _told(cards)
        length = _length(told)
        after = at + blocks * BLOCK
        if not words and after + length > size:
            words = "Its data is cut short: the file ends before it does."
        yield Hdu(number, _title(told), tuple(cards), length, words)
        if words:
            return
        at = after + -(-length // BLOCK) * BLOCK


def _cards(file: Seekable) -> tuple[list[str], int, str]:
    """Cards to the END, how many blocks they took, and what is wrong."""
    found: list[str] = []
    for blocks in range(1, MOST_BLOCKS + 1):
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            return found, blocks, "The file ends inside this header."
        for start in range(0, BLOCK, CARD):
            # Other bytes than those of the standard are shown, not believed.
            card = block[start : start + CARD].decode("latin-1").rstrip()
            card = re.sub(r"[^ -~]", "\N{REPLACEMENT CHARACTER}", card)
            if card == "END":
                while found and not found[-1]:
                    found.pop()
                return found, blocks, ""
            found.append(card)
        if blocks == 1 and not any(re.match(r"(SIMPLE|XTENSION) *=", card) for card in found[:1]):
            return [], blocks, ""
    return found, MOST_BLOCKS, "This header is longer than what is shown here."


def _told(cards: list[str]) -> Mapping[str, str]:
    """Values by keyword; the first one counts."""
    found: dict[str, str] = {}
    for card in cards:
        if card[8:10] == "= ":
            found.setdefault(card[:8].rstrip(), card[10:])
    return found


def _number(told: Mapping[str, str], name: str, otherwise: int) -> int:
    found = _NUMBER.match(told.get(name, ""))
    return int(found[1]) if found else otherwise


def _text(told: Mapping[str, str], name: str) -> str:
    found = _TEXT.match(told.get(name, ""))
    return found[1].replace("''", "'").rstrip() if found else ""


def _axes(told: Mapping[str, str]) -> list[int]:
    count = min(max(_number(told, "NAXIS", 0), 0), _MOST_AXES)
    return [max(_number(told, f"NAXIS{n}", 0), 0) for n in range(1, count + 1)]


def _length(told: Mapping[str, str]) -> int:
    """Bytes of data: |BITPIX| * GCOUNT * (PCOUNT + NAXIS1 * NAXIS2 * ...) / 8."""
    axes = _axes(told)
    if not axes:
        return 0
    groups = axes[0] == 0 and told.get("GROUPS", "").lstrip().startswith("T")
    pixels = prod(axes[1:] if groups else axes)
    pcount = max(_number(told, "PCOUNT", 0), 0)
    gcount = max(_number(told, "GCOUNT", 1), 1)
    return abs(_number(told, "BITPIX", 8)) * gcount * (pcount + pixels) // 8


def _title(told: Mapping[str, str]) -> str:
    kind = _text(told, "XTENSION") or "primary"
    axes, name = _axes(told), _text(told, "EXTNAME")
    words = [kind.lower() if kind == "primary" else kind]
    if kind in {"BINTABLE", "TABLE"} and len(axes) > 1:
        words.append(f"{axes[1]:,} rows, {_number(told, 'TFIELDS', 0):,} columns")
    elif axes:
        size = " \N{MULTIPLICATION SIGN} ".join(f"{n:,}" for n in axes)
        words.append(f"{size}, {_KINDS.get(_number(told, 'BITPIX', 8), 'of an odd kind')}")
    else:
        words.append("no data")
    return f"{name}: {', '.join(words)}" if name else ", ".join(words)
