"""What a request about a folder says, in our words. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

import msgspec

from waystation.interfaces.mouths import Headers
from waystation.kernel.errors import MalformedError

PREFIX = "/tree"
MOST_NAMED = 10_000
"""Paths in one request that names them."""

TAR, JSON = b"application/x-tar", b"application/json"


class Answer(StrEnum):
    """How a folder is told."""

    LIST = "list"
    TAR = "tar"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Where:
    """A folder: a space and a path in it without slashes at its ends."""

    space: str
    path: str

    def below(self, name: str) -> str:
        """A path in the space, of one below the folder."""
        return f"{self.path}/{name}" if self.path else name


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A body that names files below the folder."""

    paths: list[str]


def where(path: str) -> Where:
    """What a decoded URL path names."""
    space, _, rest = path.removeprefix(PREFIX).lstrip("/").partition("/")
    return Where(space, rest.strip("/"))


def answer(query: bytes) -> Answer:
    """`?archive=tar` or `zip`; a list otherwise.

    Raises:
        MalformedError: something else.
    """
    said = parse_qs(query.decode("latin-1")).get("archive", [Answer.LIST])[-1]
    try:
        return Answer(said)
    except ValueError as problem:
        raise MalformedError(
            f"There is no archive {said[:60]!r}.", advice="Ask for ?archive=tar or ?archive=zip."
        ) from problem


def flat(query: bytes) -> bool:
    """`?depth=1`: only what is in the folder itself.

    Raises:
        MalformedError: another number.
    """
    said = parse_qs(query.decode("latin-1")).get("depth", ["infinity"])[-1]
    if said not in {"1", "infinity"}:
        raise MalformedError("depth is 1 or infinity.")
    return said == "1"


def names_files(headers: Headers) -> bool:
    """Whether the body names files, rather than being an archive."""
    media = dict(headers).get(b"content-type", b"").partition(b";")[0].strip().lower()
    return media == JSON


def named(body: bytes) -> list[str]:
    """The files that a body names.

    Raises:
        MalformedError: it is not of the form, or names too many.
    """
    try:
        found = msgspec.json.decode(body, type=Named).paths
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise MalformedError(
            f"The body is not what is expected: {problem}.", advice='Send {"paths": ["a", "b/c"]}.'
        ) from problem
    if len(found) > MOST_NAMED:
        raise MalformedError(f"At most {MOST_NAMED:,} paths are named at a time.")
    return found
