"""Digests as the wire has them: of a file, and of a directory.

A directory's is that of the sorted hex digests of its files, one after the other as text: names
and empty directories do not count. So does its client.
"""

import hashlib
from collections.abc import Callable
from typing import Protocol

import xxhash
from zlib_ng import zlib_ng


class Hash(Protocol):
    """What every algorithm has."""

    def update(self, data: bytes, /) -> object:
        """More bytes."""
        ...

    def hexdigest(self) -> str:
        """Of all that came."""
        ...


_MAKERS: dict[str, Callable[[], Hash]] = {
    # A checksum, no secret: also machines that forbid md5 for those have it.
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "xxh3": xxhash.xxh3_128,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}


def hasher(algorithm: str) -> Hash:
    """A new one; of an algorithm that `translate.good_checksum` let pass."""
    return _MAKERS[algorithm]()


def of_directory(algorithm: str, digests: list[str]) -> str:
    """The digest of a directory, from those of its files in any order."""
    made = hasher(algorithm)
    for digest in sorted(digests):
        made.update(digest.encode())
    return made.hexdigest()


class Both:
    """The wire's digest and those that the catalogue keeps, of one reading."""

    def __init__(self, algorithm: str) -> None:
        self._theirs = hasher(algorithm)
        self._sha256 = hashlib.sha256()
        self.adler32 = 1
        self.size = 0

    def update(self, data: bytes) -> None:
        """More bytes."""
        self._theirs.update(data)
        self._sha256.update(data)
        self.adler32 = zlib_ng.adler32(data, self.adler32)
        self.size += len(data)

    @property
    def theirs(self) -> str:
        """The wire's, in hex."""
        return self._theirs.hexdigest()

    @property
    def sha256(self) -> bytes:
        """The catalogue's."""
        return self._sha256.digest()
