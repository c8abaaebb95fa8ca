"""Places in spaces, written `space:/path`."""

import re
from dataclasses import dataclass

from waystation_client.errors import MalformedError

_WRITTEN = re.compile(r"([a-z0-9][a-z0-9._-]*):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder of a space.

    Attributes:
        space: its name.
        path: in it, without slashes at its ends; empty is the top folder.
        folder: it was written with a slash at its end.
    """

    space: str
    path: str
    folder: bool = False

    def below(self, name: str) -> "Place":
        """What is called so in this folder; a name may have slashes."""
        return Place(self.space, f"{self.path}/{name}".strip("/"))

    @property
    def name(self) -> str:
        """The last name of the path; of a space its own."""
        return self.path.rpartition("/")[2] or self.space

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.space}:/{self.path}"


def parsed(text: str) -> Place:
    """The place that somebody wrote.

    Raises:
        MalformedError: it is none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise MalformedError(
            f"{text!r} is no place in a space.",
            next_step="Write it as SPACE:/PATH, like lab:/run7.",
        )
    space, path = found.groups()
    names = [name for name in path.split("/") if name]
    if ".." in names or "." in names:
        raise MalformedError(f"{text!r} has . or .. in it.", next_step="Write it without.")
    return Place(space, "/".join(names), path.endswith("/") or not names)


def is_one(text: str) -> bool:
    """Whether a word of the command line is a place in a space, rather than a file here.

    `./a:b` is always a file here.
    """
    return _WRITTEN.fullmatch(text) is not None
