"""Files and folders by their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from waystation_client.files.places import Place
from waystation_client.files.wire import Wire

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A file or folder that was found.

    Attributes:
        place: `SPACE:/PATH`; a folder's ends with a slash.
        folder: it is a folder.
        size: bytes of a file.
        mtime: of the content.
        sha256: of it in hex; empty while the server does not know.
    """

    place: str
    folder: bool
    size: int
    mtime: datetime
    sha256: str


def find(wire: Wire, name: str, where: Place | None) -> Iterator[Found]:
    """All that is called so, the newest first, page by page as it is asked for.

    Args:
        wire: to the server.
        name: a part of the name, or with `*` and `?` all of it.
        where: only below this; None is in all spaces.

    Raises:
        NotFoundError: there is no such space.
        MalformedError: fewer than three letters.
    """
    asked = {"name": name, "limit": str(_PAGE)}
    if where is not None:
        asked |= {"space": where.space, "folder": where.path}
    before = ""
    while True:
        query = asked | ({"before": before} if before else {})
        page = wire.call("GET", f"/api/v1/find?{urlencode(query)}").json()
        for each in page["found"]:
            folder = each["kind"] == "folder"
            yield Found(
                place=f"{each['space']}:/{each['path']}{'/' if folder else ''}",
                folder=folder,
                size=int(each["size"]),
                mtime=datetime.fromisoformat(each["mtime"]),
                sha256=each["sha256"] or "",
            )
        if page["next_before"] is None:
            return
        before = str(page["next_before"])
