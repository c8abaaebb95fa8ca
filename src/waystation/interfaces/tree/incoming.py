"""A tar that comes in as a stream: its members, however hostile its headers are.

The standard library reads it; here is what it leaves to us: a limit to the headers that it would
hold in memory, and that a broken header in the middle is not taken for the end.
"""

import tarfile
from collections.abc import Callable, Iterator
from typing import IO, Self, cast

from waystation.kernel.errors import MalformedError

LARGEST_HEADER = 65_536
"""Bytes of a header that names or describes the next member: PATH_MAX is 4,096."""

_DESCRIBES = {
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
}
_BLOCK = 2**13
"""The library copies what is left of a block at each read of it: small ones cost less."""


class Guarded(tarfile.TarInfo):
    """A member whose header was looked at."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """As the library has it; a broken header is told, and a huge one not read."""
        try:
            found = super().frombuf(buf, encoding, errors)
        except (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError) as problem:  # type: ignore[attr-defined]
            raise not_a_tar(str(problem)) from problem
        if found.type in _DESCRIBES and found.size > LARGEST_HEADER:
            raise not_a_tar("a header is too long")
        return found


class Pulled:
    """A body as a file that is only read onwards; `pull` gives the next piece, b"" at its end."""

    def __init__(self, pull: Callable[[], bytes]) -> None:
        self._pull = pull
        self._piece = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Some bytes, at most so many; none at the end."""
        if not self._piece:
            self._piece = memoryview(self._pull())
        found, self._piece = self._piece[:size], self._piece[size:]
        return bytes(found)


def members(pull: Callable[[], bytes]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Each member with its content, which is to be read before the next one is asked for.

    Raises:
        tarfile.TarError, MalformedError: it is no tar, or ends or breaks in the middle; also from
            the content, while that is read.
    """
    with tarfile.open(
        fileobj=cast("IO[bytes]", Pulled(pull)),
        mode="r|",
        bufsize=_BLOCK,
        tarinfo=Guarded,
        encoding="utf-8",
        errors="surrogateescape",
    ) as tar:
        while (member := tar.next()) is not None:
            yield member, tar.extractfile(member) if member.isreg() else None
            # The library keeps all of them, for those who go back.
            tar.members.clear()  # type: ignore[attr-defined]


def not_a_tar(why: str) -> MalformedError:
    """What to say of a body that is none."""
    return MalformedError(
        f"The body is not a whole tar: {why}.", advice="Send it as: tar c FOLDER | curl -T - URL"
    )
