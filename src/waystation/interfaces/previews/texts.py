"""The beginning of a file as text that can be shown, whatever its bytes are. Pure.

What it gives still has to be escaped where it is put, as all text; but nothing in it moves, hides
or turns round what stands beside it.
"""

import codecs
import re
from dataclasses import dataclass

MOST_BYTES = 65_536
MOST_LINES = 2_000
HEX_BYTES = 512
_ROW = 16

_MARKS = (
    # The longer ones first: the mark of UTF-16 is the beginning of that of UTF-32.
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
# Bytes that no text in an eight-bit code has.
_NOT_TEXT = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
# Controls but tab and line feed; marks that turn text round or have no width (Unicode TR 36).
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_PICTURES = 0x2400
"""U+2400 and on show the controls of ASCII."""
_DEL, _C0 = 0x7F, 0x20


@dataclass(frozen=True, slots=True)
class Text:
    """The beginning of a file.

    Attributes:
        words: that can be shown.
        encoding: how the bytes were read, for people.
        cut: there is more.
    """

    words: str
    encoding: str
    cut: bool


def text(head: bytes, *, whole: bool) -> Text | None:
    """The text that a file begins with; None when it is none.

    Args:
        head: its first bytes; no more than `MOST_BYTES` are looked at.
        whole: that is all of it.
    """
    cut = not whole or len(head) > MOST_BYTES
    head = head[:MOST_BYTES]
    found = _decoded(head, cut=cut)
    if found is None:
        return None
    words, encoding = found
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    shown = "\n".join(lines[:MOST_LINES])
    return Text(_UNSEEN.sub(_picture, shown), encoding, cut or len(lines) > MOST_LINES)


def dump(head: bytes) -> str:
    """Bytes in hexadecimal with their ASCII beside, as `hexdump -C` has it."""
    rows = []
    for at in range(0, min(len(head), HEX_BYTES), _ROW):
        row = head[at : at + _ROW]
        printed = "".join(chr(b) if _C0 <= b < _DEL else "." for b in row)
        rows.append(f"{at:08x}  {row.hex(' '):<47}  {printed}")
    return "\n".join(rows)


def _decoded(head: bytes, *, cut: bool) -> tuple[str, str] | None:
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            found = _strict(head[len(mark) :], codec, cut=cut)
            return (found, name) if found is not None else None
    if b"\0" not in head and (found := _strict(head, "utf-8", cut=cut)) is not None:
        return found, "ASCII" if found.isascii() else "UTF-8"
    if _NOT_TEXT.search(head):
        return None
    # Where Windows-1252 has nothing, ISO 8859-1 has a control, which is shown as one.
    return "".join(_western(byte) for byte in head), "an eight-bit code, read as Windows-1252"


def _strict(data: bytes, codec: str, *, cut: bool) -> str | None:
    """Text, without a character that was cut in its middle; None when it is not of that code."""
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(data, final=not cut)
    except UnicodeDecodeError:
        return None


def _western(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def _picture(found: re.Match[str]) -> str:
    """Something that can be seen in the place of what cannot."""
    code = ord(found[0])
    if code < _C0:
        return chr(_PICTURES + code)
    return "\N{SYMBOL FOR DELETE}" if code == _DEL else f"[U+{code:04X}]"
