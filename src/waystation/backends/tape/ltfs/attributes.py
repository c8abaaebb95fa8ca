"""What LTFS tells by extended attributes, without moving a tape.

Names: SNIA LTFS Format Specification 2.4.0, annex C (virtual attributes) and F.3 (hashes); on
Linux every one is in the `user.` name space (LinearTapeFileSystem/ltfs, `xattr.c` and issue 297),
elsewhere it stands alone.
"""

import errno
import hashlib
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

PREFIXES: Final = ("user.", "")

BLOCK_BYTES: Final = 524_288
"""LTFS's usual block size (format specification 2.4.0: 512 KiB), if the volume tells none."""

HASHES: Final = {"sha512": 128, "sha256": 64, "sha1": 40, "md5": 32, "crc32": 8}
"""Kinds that the specification has (F.3), strongest first, with their hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Volume:
    """What the root of a cartridge tells.

    Attributes:
        uuid: made anew when a cartridge is formatted.
        generation: of its index, grows whenever that is written; None when not told.
        block_bytes: unit of `startblock`.
    """

    uuid: str
    generation: int | None
    block_bytes: int


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum that a file should have: kind (`sha256`), lower-case hexadecimal digits."""

    kind: str
    digits: str


class Running(Protocol):
    """A checksum being computed."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def hexdigest(self) -> str:
        """Of all bytes so far, lower case."""
        ...


class Crc32:
    """CRC-32 in the manner of `hashlib` (ANSI X3.66, as the specification names it)."""

    def __init__(self) -> None:
        self._sum = 0

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        self._sum = zlib.crc32(data, self._sum)

    def hexdigest(self) -> str:
        """Of all bytes so far, lower case."""
        return f"{self._sum:08x}"


def running(kind: str) -> Running:
    """A new checksum of a kind of `HASHES`."""
    return Crc32() if kind == "crc32" else hashlib.new(kind, usedforsecurity=False)


def value(place: str | bytes | Path | int, name: str) -> str | None:
    """An attribute, None when the file has none of that name.

    Raises:
        OSError: LTFS does not answer, or there is no such file.
    """
    for prefix in PREFIXES:
        try:
            return os.getxattr(place, prefix + name).decode("utf-8", "replace").strip("\0 \n")
        except OSError as error:
            if error.errno not in _NOT_TOLD:
                raise
    return None


_NOT_TOLD = {errno.ENODATA, errno.EOPNOTSUPP}


def volume(place: str | Path) -> Volume | None:
    """What the root of a cartridge tells; None when it is no LTFS volume.

    Raises:
        OSError: LTFS does not answer, or there is nothing.
    """
    uuid = value(place, "ltfs.volumeUUID")
    if not uuid:
        return None
    blocks = _number(value(place, "ltfs.volumeBlocksize"))
    return Volume(uuid, _number(value(place, "ltfs.indexGeneration")), blocks or BLOCK_BYTES)


def start_block(place: bytes) -> int | None:
    """First block of a file; None for an empty one, which has none."""
    return _number(value(place, "ltfs.startblock"))


def checksum(descriptor: int) -> Checksum | None:
    """The strongest checksum that was stored with a file; what is malformed is not believed.

    Raises:
        OSError: LTFS does not answer.
    """
    names = set(os.listxattr(descriptor))
    for kind in HASHES:
        for prefix in PREFIXES:
            if f"{prefix}ltfs.hash.{kind}sum" in names:
                told = parse_checksum(value(descriptor, f"ltfs.hash.{kind}sum") or "")
                if told is not None and told.kind == kind:
                    return told
    return None


def parse_checksum(digits: str) -> Checksum | None:
    """A checksum by its number of hexadecimal digits; None when that is none."""
    digits = digits.strip().lower()
    if set(digits) <= set("0123456789abcdef"):
        for kind, length in HASHES.items():
            if len(digits) == length:
                return Checksum(kind, digits)
    return None


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
