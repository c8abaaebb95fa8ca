"""What a request says, in our words."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from waystation.domains.hosting.door import Condition
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import MalformedError

PREFIX = "/dav"
_LATEST_MTIME = 253_402_300_799  # the end of the year 9999
_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Where:
    """A place: a space and a path in it; an empty space is the list of spaces."""

    space: str
    path: str


def where(path: str) -> Where:
    """The place that a decoded URL path names."""
    space, _, rest = path.removeprefix(PREFIX).lstrip("/").partition("/")
    return Where(space, rest)


def here(headers: Headers, url: str) -> bool:
    """Whether a URL is of this server: a path alone, or the host that the client called."""
    parts = urlsplit(url)
    return not parts.netloc or parts.netloc == dict(headers).get(b"host", b"").decode("latin-1")


def destination(headers: Headers) -> Where:
    """Where a MOVE or COPY goes to: a place of ours.

    Raises:
        MalformedError: no destination, or somewhere else.
    """
    given = dict(headers)
    text = given.get(b"destination", b"").decode("latin-1")
    host = given.get(b"host", b"").decode("latin-1")
    path = unquote(urlsplit(text).path)
    if not path.startswith(PREFIX + "/") or not here(headers, text):
        raise MalformedError(
            f"{text[:200]!r} is no place on this server.",
            advice=f"Destination: https://{host}{PREFIX}/SPACE/PATH",
        )
    return where(path)


def overwrites(headers: Headers) -> bool:
    """RFC 4918 Overwrite; true unless it says F."""
    return dict(headers).get(b"overwrite", b"T").strip().upper() != b"F"


def depth(headers: Headers) -> int:
    """RFC 4918 Depth: 0 or 1.

    Raises:
        MalformedError: infinity, or something else.
    """
    text = dict(headers).get(b"depth", b"infinity").strip().lower()
    if text not in {b"0", b"1"}:
        raise MalformedError(
            "A whole tree is not listed in one answer.", advice="Send Depth: 0 or Depth: 1."
        )
    return int(text)


def condition(headers: Headers) -> Condition:
    """When a PUT may happen."""
    given = dict(headers)
    none = given.get(b"if-none-match", b"").strip()
    named = given.get(b"if-match", b"").decode("latin-1")
    etags = frozenset(each.strip() for each in named.split(",") if each.strip() and named != "*")
    return Condition(absent=none == b"*", etags=etags)


def length(headers: Headers) -> int | None:
    """Bytes that are announced; None when that is not said."""
    text = dict(headers).get(b"content-length")
    if text is None:
        return None
    if not text.isdigit() or int(text) > _LARGEST:
        raise MalformedError("Content-Length is no number of bytes.")
    return int(text)


def mtime(headers: Headers) -> datetime | None:
    """The time of the content, as ownCloud's clients and rclone say it."""
    text = dict(headers).get(b"x-oc-mtime", b"").split(b".")[0]
    if not text.isdigit() or int(text) > _LATEST_MTIME:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def with_basic(scope: Scope) -> Scope:
    """A scope in which a token given as a password (HTTP Basic) is a bearer token.

    WebDAV clients of many systems know no other way. The user name is not looked at: the token
    says who it is.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    text = dict(headers).get(b"authorization", b"")
    if text[:6].lower() != b"basic ":
        return scope
    try:
        _, _, password = base64.b64decode(text[6:].strip(), validate=True).partition(b":")
    except (ValueError, binascii.Error):
        return scope
    others = [(name, value) for name, value in headers if name != b"authorization"]
    return {**scope, "headers": [*others, (b"authorization", b"Bearer " + password)]}
