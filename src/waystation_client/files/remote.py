"""What is in spaces: listed, looked up, made, moved and removed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation_client.errors import MalformedError, NotFoundError
from waystation_client.files.places import Place
from waystation_client.files.wire import Wire, dav, tree

ASK = 1000
"""Paths that are asked about in one request."""

_EXISTS = 405
_WRONG_VERB = frozenset({_EXISTS})


@dataclass(frozen=True, slots=True)
class Remote:
    """A file or folder as the server knows it.

    Attributes:
        name: its path below the folder that was asked about.
        folder: it is a folder.
        size: bytes of a file.
        mtime: of the content.
        sha256: of it in hex; empty while the server does not know.
        etag: changes with the content.
    """

    name: str
    folder: bool
    size: int
    mtime: datetime
    sha256: str
    etag: str


@dataclass(frozen=True, slots=True)
class SpaceLine:
    """A space of ours: its name, its title, and what we may do there."""

    name: str
    title: str
    role: str


def spaces(wire: Wire) -> list[SpaceLine]:
    """The spaces in which we have a role."""
    found = wire.call("GET", "/tree/").json()["spaces"]
    return [SpaceLine(str(s["name"]), str(s["title"]), str(s["role"])) for s in found]


def below(wire: Wire, place: Place, *, flat: bool = False) -> Iterator[Remote]:
    """Everything below a folder as it comes; a folder before what is in it.

    Raises:
        NotFoundError: there is no such folder.
        ConflictError: it is a file.
        UnavailableError: the list broke off.
    """
    query = "?depth=1" if flat else ""
    with wire.stream("GET", f"{tree(place)}{query}") as answer:
        for line in answer.iter_lines():
            yield _remote(json.loads(line))


def known(wire: Wire, place: Place, names: Sequence[str]) -> list[Remote | None]:
    """What the server knows of these below a folder, in their order; at most `ASK`."""
    body = json.dumps({"paths": list(names)}).encode()
    headers = {"Content-Type": "application/json"}
    answer = wire.call("POST", tree(place), body=lambda: body, headers=headers)
    found = answer.json()["files"]
    if len(found) != len(names):
        raise MalformedError("The server answered about other files.", code="unavailable")
    return [None if each is None else _remote(each) for each in found]


def look(wire: Wire, place: Place) -> Remote:
    """What is at a place.

    Raises:
        NotFoundError: there is nothing.
    """
    if not place.path:
        next(iter(below(wire, place, flat=True)), None)
        return Remote("", True, 0, datetime.fromtimestamp(0).astimezone(), "", "")
    found = known(wire, Place(place.space, ""), [place.path])[0]
    if found is None:
        raise NotFoundError(f"There is no {place}.")
    return found


def make_folder(wire: Wire, place: Place, *, parents: bool) -> bool:
    """Make a folder; False when it was there. `parents`: those above it too.

    Raises:
        ConflictError: a file is there, or the folder above is not.
    """
    names = place.path.split("/")
    made = False
    for depth in range(1 if parents else len(names), len(names) + 1):
        inner = Place(place.space, "/".join(names[:depth]))
        answer = wire.call("MKCOL", dav(inner), good=_WRONG_VERB)
        made = answer.status_code != _EXISTS
    return made


def remove(wire: Wire, place: Place) -> None:
    """Delete a file or a folder with all that is in it; the space's trash keeps it for a while."""
    wire.call("DELETE", dav(place), again=False)


def move(wire: Wire, place: Place, target: Place, *, overwrite: bool, copy: bool = False) -> None:
    """Give something another name or folder in its space, or copy it there.

    Raises:
        WaystationError: something is there and may not go (`precondition`), among others.
    """
    headers = {
        "Destination": f"{wire.url}{dav(target)}",
        "Overwrite": "T" if overwrite else "F",
    }
    wire.call("COPY" if copy else "MOVE", dav(place), headers=headers, again=False)


def _remote(said: dict[str, object]) -> Remote:
    """As the server told it.

    Raises:
        MalformedError: this is no such list.
    """
    try:
        return Remote(
            name=str(said["path"]),
            folder=said["kind"] == "folder",
            size=int(str(said.get("size", 0))),
            mtime=datetime.fromisoformat(str(said["mtime"])),
            sha256=str(said.get("sha256") or ""),
            etag=str(said.get("etag") or ""),
        )
    except (KeyError, ValueError) as error:
        raise MalformedError(
            f"The server's list cannot be read ({error}).", code="unavailable"
        ) from error
