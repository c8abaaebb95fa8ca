"""Tickets: what the web port tells the mover about one file that somebody may have now.

Sealed, not only signed: who has one reads nothing in it, neither where the file lies nor by which
capability it was asked for. It has no row; it ends with its time or the key (ADR 0020).
"""

import base64
import hashlib
import os
from datetime import UTC, datetime

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from waystation.interfaces.dav.digests import Sums
from waystation.interfaces.dav.giving import Face
from waystation.kernel import tracing

PREFIX = "/bytes/"
"""Of addresses with a ticket: `/bytes/TICKET/NAME`."""
LIFETIME_S = 60
"""A download must begin within this; how long it then lasts is another thing."""


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """One file, for whoever brings this.

    Attributes:
        place: where the file lies on this machine.
        seen: device, inode, size and mtime (ns) of the file that was meant; another is not sent.
        etag, modified_us, media, adler32, sha256: what is said of it; microseconds since 1970.
        ends: seconds since 1970.
        back: the address at which it was asked for; who comes too late is sent there again.
        request: id of that request.
        user: of the account whose right it is; 0 is nobody's.
    """

    place: str
    seen: tuple[int, int, int, int]
    etag: str
    modified_us: int
    media: str
    adler32: int | None
    sha256: bytes | None
    ends: int
    back: str
    request: str
    user: int

    def face(self) -> Face:
        """The file as HTTP shows it."""
        modified = datetime.fromtimestamp(self.modified_us // 1_000_000, UTC)
        modified = modified.replace(microsecond=self.modified_us % 1_000_000)
        sums = Sums(self.adler32, self.sha256)
        return Face(self.seen[2], self.etag, modified, sums, self.media)


def ticket(place: str, handle: int, shown: Face, *, ends: int, back: str) -> Ticket:
    """The ticket for an open file (`handle`) that was found good to be sent, in this request."""
    whole = int(shown.mtime.replace(microsecond=0).timestamp())
    return Ticket(
        place=place,
        seen=identity(handle),
        etag=shown.etag,
        modified_us=whole * 1_000_000 + shown.mtime.microsecond,
        media=shown.media,
        adler32=shown.sums.adler32,
        sha256=shown.sums.sha256,
        ends=ends,
        back=back,
        request=tracing.request_id.get(),
        user=tracing.actor.get().user_id or 0,
    )


def identity(handle: int) -> tuple[int, int, int, int]:
    """Which file, and in which state, an open one is."""
    found = os.fstat(handle)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class Seal:
    """Closes and opens tickets.

    Args:
        key: the secret that web port and mover share.
    """

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def close(self, given: Ticket) -> str:
        """As text that may stand in an address."""
        return self._fernet.encrypt(msgspec.msgpack.encode(given)).rstrip(b"=").decode()

    def open(self, text: str) -> Ticket | None:
        """What was closed; None when it was not by us. Whether it is over is yet to be asked."""
        padded = text + "=" * (-len(text) % 4)
        try:
            return msgspec.msgpack.decode(self._fernet.decrypt(padded), type=Ticket)
        except (InvalidToken, ValueError):
            return None
