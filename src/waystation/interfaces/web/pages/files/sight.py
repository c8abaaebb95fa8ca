"""What can be seen of a file on a page."""

from dataclasses import dataclass

from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import OnTapeError, Space
from waystation.interfaces.previews import looking
from waystation.interfaces.previews.looking import Kind, Preview
from waystation.interfaces.services import services
from waystation.kernel.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class Sight:
    """What the page shows of the bytes.

    Attributes:
        preview: of them; None when they cannot be read now.
        picture: address of a picture.
        sorry: why nothing is shown.
    """

    preview: Preview | None
    picture: str = ""
    sorry: str = ""


def sight(space: Space, entry: Entry, path: str, *, picture: str) -> Sight:
    """Look at a file of a space.

    Args:
        space: that it is in.
        entry: of it.
        path: of it.
        picture: where whoever looks gets it, should it be a picture.
    """
    storage = services().hosting.spaces.storage(space)
    try:
        with storage.open(path, entry) as file:
            found = looking.look(file, name=entry.name, size=entry.size)
    except OnTapeError:
        return Sight(None, sorry="It is on tape. Once it is on disk it can be looked at here.")
    except OSError:
        return Sight(None, sorry="It cannot be read from the disk. Tell the operators.")
    except UnavailableError as problem:
        return Sight(None, sorry=f"It cannot be looked at now. {problem.sentence}")
    return Sight(found, picture if found.kind is Kind.PICTURE else "")
