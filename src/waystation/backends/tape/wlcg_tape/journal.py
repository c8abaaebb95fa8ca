"""A sent list and its journal: what is known of it, and the lines that say so. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Part:
    """So many files from the first on: a stage request, or (no `id`) files that were refused.

    Attributes:
        id: the site's name of the request.
        first: place of its first file in the list.
        count: of its files.
        at: when it was accepted, seconds since 1970.
        words: why the files were refused.
    """

    id: str
    first: int
    count: int
    at: float = 0.0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A list as it is remembered.

    Attributes:
        key: ours.
        paths: all of it, as we name them.
        parts: what was answered, in the order of the paths.
        dropped: paths that were cancelled.
        released: paths that were given back.
        doubtful: something was sent and its answer was never written down.
        size: bytes of the journal that this was read from; it only grows.
    """

    key: str
    paths: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    dropped: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()
    doubtful: bool = False
    size: int = 0

    @property
    def taken(self) -> int:
        """How many files, from the first on, were accepted or refused."""
        return sum(part.count for part in self.parts)

    @property
    def accepted(self) -> bool:
        """The site has at least one request of it."""
        return any(part.id for part in self.parts)

    @property
    def whole(self) -> bool:
        """Everything was answered."""
        return self.taken >= len(self.paths)

    def files(self, part: Part) -> tuple[str, ...]:
        """The paths of a part."""
        return self.paths[part.first : part.first + part.count]


class Line(msgspec.Struct, omit_defaults=True):
    """One line of a journal; which members there are says what happened.

    Attributes:
        paths: the list, first line.
        sending: a part from this file on is about to be sent.
        refused: that part was refused as a whole.
        request: it was accepted under this name (empty: its files are refused, see `words`).
        first: its first file.
        count: of its files.
        at: when, seconds since 1970.
        words: why it is refused.
        dropped: files that were cancelled.
        released: files that were given back.
    """

    paths: tuple[str, ...] | None = None
    sending: int | None = None
    refused: int | None = None
    request: str | None = None
    first: int = 0
    count: int = 0
    at: float = 0.0
    words: str = ""
    dropped: tuple[str, ...] = ()
    released: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(Line)


def read(key: str, content: bytes) -> Note | None:
    """The list of a journal; None if its first line was never finished."""
    lines = list(_lines(content))
    if not lines or lines[0].paths is None:
        return None
    parts: list[Part] = []
    dropped: set[str] = set()
    released: set[str] = set()
    doubtful = False
    for line in lines[1:]:
        if line.request is not None:
            parts.append(Part(line.request, line.first, line.count, line.at, line.words))
        if line.sending is not None or line.refused is not None or line.request is not None:
            doubtful = line.sending is not None
        dropped.update(line.dropped)
        released.update(line.released)
    return Note(
        key,
        lines[0].paths,
        tuple(parts),
        frozenset(dropped),
        frozenset(released),
        doubtful=doubtful,
        size=len(content),
    )


def _lines(content: bytes) -> Iterator[Line]:
    """Whole lines; one that a crash cut short was never acted upon."""
    for line in content.split(b"\n"):
        try:
            yield _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Line()
