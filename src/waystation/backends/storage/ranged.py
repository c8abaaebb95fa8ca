"""A file on another machine that is read: by ranges, and over again where the line breaks."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from waystation.domains.hosting.ports import Found
from waystation.kernel.errors import UnavailableError

TRIES = 4
"""So often a line may break without a byte in between."""


class Body(Protocol):
    """Bytes that come."""

    def read(self, size: int) -> bytes:
        """The next ones, at most so many."""
        ...

    def close(self) -> None:
        """No more are wanted."""
        ...


Fetch = Callable[[int, int], Body]
"""Asks for the bytes from one offset to before another, which are some.

Raises:
    FileNotFoundError: it is not there, or has other content by now.
    UnavailableError: no answer.
"""


class RangedReader:
    """A `Reader` of a file whose content never changes.

    Args:
        fetch: asks for some of it.
        found: what it is.
        name: of the store, for people.
        broken: what a body raises when its line breaks.
    """

    handle = None

    def __init__(
        self, fetch: Fetch, found: Found, name: str, broken: tuple[type[Exception], ...]
    ) -> None:
        self.found = found
        self._fetch = fetch
        self._name = name
        self._broken = broken
        self._at, self._end = 0, found.bytes
        self._body: Body | None = None

    def seek(self, offset: int, length: int) -> None:
        """As the port promises."""
        self.close()
        self._at, self._end = offset, min(offset + length, self.found.bytes)

    def read(self, size: int, /) -> bytes:
        """As the port promises; a broken line is mended by another one."""
        wanted = min(size, self._end - self._at)
        if wanted <= 0:
            return b""
        for _ in range(TRIES):
            if data := self._some(wanted):
                self._at += len(data)
                return data
            self.close()
        raise UnavailableError(
            f"The store {self._name!r} breaks off again and again.",
            advice="Try again in a moment.",
        )

    def look(self) -> Found:
        """As the port promises: nobody writes to it twice."""
        return self.found

    def forget(self) -> None:
        """As the port promises: nothing of it is kept here."""

    def close(self) -> None:
        """As the port promises."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _some(self, wanted: int) -> bytes:
        if self._body is None:
            self._body = self._fetch(self._at, self._end)
        try:
            return self._body.read(wanted)
        except self._broken:
            return b""
