"""What a visitor's request says: which link, which file, which password, from where."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from waystation.interfaces.hot.capabilities import address
from waystation.interfaces.mouths import Headers, Scope

PREFIX = "/s/"
FILES, DROP = "files", "drop"
_PARTS = 2


@dataclass(frozen=True, slots=True)
class Where:
    """A place below a link.

    Attributes:
        secret: of the link.
        what: `files` or `drop`, the parts of it that are not pages.
        path: behind that.
    """

    secret: str
    what: str
    path: str


def where(path: str) -> Where | None:
    """The place that a decoded URL path names; None when it is a page's, or nobody's."""
    if not path.startswith(PREFIX):
        return None
    parts = path.removeprefix(PREFIX).split("/", _PARTS)
    if len(parts) < _PARTS or parts[1] not in {FILES, DROP}:
        return None
    return Where(parts[0], parts[1], parts[2] if len(parts) > _PARTS else "")


def cookie(headers: Headers, name: str) -> str:
    """A cookie's value; empty without one."""
    for text in (value.decode("latin-1") for key, value in headers if key == b"cookie"):
        for part in text.split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
    return ""


def password(headers: Headers) -> str | None:
    """The password of HTTP Basic, with whatever user name; None when none was sent."""
    text = dict(headers).get(b"authorization", b"")
    if text[:6].lower() != b"basic ":
        return None
    try:
        found = base64.b64decode(text[6:].strip(), validate=True)
    except (ValueError, binascii.Error):
        return None
    return found.partition(b":")[2].decode(errors="replace")


def client(key: str, scope: Scope) -> bytes:
    """A digest of who fetches, by which they are known again; their address is not stored."""
    text = f"client.{address(scope)}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
