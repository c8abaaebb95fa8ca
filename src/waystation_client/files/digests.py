"""sha256 of files here, and as servers tell it."""

import base64
import binascii
import hashlib
import re
from pathlib import Path

from waystation_client.errors import WaystationError

_CHUNK = 2**20
_SAID = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


class DigestMismatchError(WaystationError):
    """The bytes at one end are not those at the other; nothing of them is kept."""

    code = "digest-mismatch"


def of_file(path: Path) -> str:
    """In hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def told(header: str) -> str:
    """The sha256 of a Repr-Digest header (RFC 9530), in hex; empty when it has none."""
    found = _SAID.search(header)
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else ""
    except binascii.Error:
        return ""


def must_be(ours: str, theirs: str, name: str) -> None:
    """Both ends have the same bytes.

    Raises:
        DigestMismatchError: they have not, or the server does not say.
    """
    if ours != theirs:
        raise DigestMismatchError(
            f"The sha256 of {name} is {ours[:16]}… here and {theirs[:16] or 'unknown'}… there.",
            next_step="The file changed meanwhile, or the line is bad. Run the command again.",
        )
