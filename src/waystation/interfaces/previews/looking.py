"""What to show of a file: looks at its bytes, and says which kind of preview it has."""

from dataclasses import dataclass
from enum import StrEnum

from waystation.interfaces.previews import fits, pictures, texts
from waystation.interfaces.previews.fits import Hdu, Seekable
from waystation.interfaces.previews.texts import Text


class Kind(StrEnum):
    """How a file is shown."""

    PICTURE = "picture"
    FITS = "fits"
    TEXT = "text"
    BYTES = "bytes"
    EMPTY = "empty"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Preview:
    """What can be shown of a file.

    Attributes:
        kind: how.
        text: of a TEXT.
        hdus: of a FITS file.
        dump: of BYTES: the first of them.
        more: of FITS: there are more HDUs than are shown.
    """

    kind: Kind
    text: Text | None = None
    hdus: tuple[Hdu, ...] = ()
    dump: str = ""
    more: bool = False


def look(file: Seekable, *, name: str, size: int) -> Preview:
    """The preview of a file; at most some hundred kilobytes of it are read.

    Args:
        file: open at its beginning.
        name: of it.
        size: in bytes.
    """
    head = file.read(texts.MOST_BYTES)
    if not head:
        return Preview(Kind.EMPTY)
    if pictures.kind(name, head) is not None:
        return Preview(Kind.PICTURE if size <= pictures.MOST_BYTES else Kind.LARGE)
    if fits.ours(head):
        found = tuple(fits.headers(file, size))
        return Preview(Kind.FITS, hdus=found, more=len(found) == fits.MOST_HDUS)
    text = texts.text(head, whole=len(head) >= size)
    if text is not None:
        return Preview(Kind.TEXT, text=text)
    return Preview(Kind.BYTES, dump=texts.dump(head))
