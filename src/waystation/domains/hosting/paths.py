"""Which names a path in a space may have. Pure.

A path is names with a slash between them. Names are what Linux and WebDAV can both have: valid
Unicode, no control characters, no `.` and `..`, at most 255 bytes each. All are brought to
composed form (NFC): what one keyboard writes another finds, and no two names in a folder look the
same.
"""

import re
import unicodedata

from waystation.kernel.errors import MalformedError

MAX_NAME_BYTES = 255
"""Of one name in a path, as Linux file systems have it (NAME_MAX)."""

MAX_DEPTH = 64
"""Names in one path."""

HIDDEN = ".waystation"
"""Our own folder at the top of each space: parts of uploads, and the trash."""

# Controls, line and paragraph separators, surrogates, the marks that turn text around, and what
# decoders put in the place of bytes that are no text.
_BAD = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]"
)


def names(path: str) -> list[str]:
    """The names of a path; none for the top folder.

    Slashes at both ends do not count; two together are one, as clients write them.

    Raises:
        MalformedError: a name that cannot be; the words say which and why.
    """
    found = [unicodedata.normalize("NFC", name) for name in path.split("/") if name]
    if len(found) > MAX_DEPTH:
        raise MalformedError(f"The path has more than {MAX_DEPTH} folders.")
    for name in found:
        words = objection(name)
        if words:
            raise MalformedError(f"The name {name[:80]!a} cannot be used: {words}")
    if found and found[0] == HIDDEN:
        raise MalformedError(f"{HIDDEN} is used by the service itself.")
    return found


def objection(name: str) -> str:
    """Why a name cannot be, a sentence; empty when it can."""
    if name in {"", ".", ".."}:
        return "it is not a name."
    if "/" in name:
        return "it has a slash in it."
    if _BAD.search(name):
        return "it has control characters or is not valid Unicode."
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes."
    return ""
