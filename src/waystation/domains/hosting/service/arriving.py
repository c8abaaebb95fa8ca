"""Files that transfers bring: what was promised of them, and what came."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.entities import Landed
from waystation.domains.hosting.ports import Landings

_BLOCK = 2**20
MISSING = "It did not arrive."
CORRUPT = "Its content is not what was sent"
"""How the words about a file begin that came, but with other bytes."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A file that is to come.

    Attributes:
        path: in the space, and in the landing.
        size: bytes.
        sha256: 32 bytes of digest; None is not promised.
        adler32: None is not promised.
        mtime: of the content.
    """

    path: str
    size: int
    sha256: bytes | None
    adler32: int | None
    mtime: datetime | None

    def same(self, there: Entry | None) -> bool:
        """Whether an entry is this file."""
        if there is None or there.folder or there.size != self.size:
            return False
        if self.sha256 is not None:
            return there.sha256 == self.sha256
        return self.adler32 is not None and there.adler32 == self.adler32


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a file that was to come: it is in the space, or the words say why not."""

    path: str
    entry: Entry | None
    words: str = ""


def seen(landings: Landings | None, landing: str, wanted: Awaited) -> Landed | str:
    """A file of a landing, read and compared; or why it cannot be taken."""
    if landings is None:
        return MISSING
    sha256, adler32, size = hashlib.sha256(), 1, 0
    try:
        with landings.open(landing, wanted.path) as file:
            if file.found.bytes != wanted.size:
                return f"{file.found.bytes:,} of {wanted.size:,} bytes arrived."
            while data := file.read(_BLOCK):
                sha256.update(data)
                adler32 = zlib.adler32(data, adler32)
                size += len(data)
    except FileNotFoundError:
        return MISSING
    digest = sha256.digest()
    if wanted.sha256 not in {None, digest} or wanted.adler32 not in {None, adler32}:
        return f"{CORRUPT}: its sha256 is {digest.hex()}."
    return Landed(wanted.path, landing, size, adler32, digest, wanted.mtime)
