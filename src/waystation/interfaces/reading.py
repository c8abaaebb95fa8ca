"""The reading cookie: lets a signed-in page follow live news in the hot lane; good for GET only.

`<user>.<session digest>.<ends>.<signature>`: signed by us, bound to one browser session, dead with
it. Nothing that writes accepts it, so there is nothing for a forged request to ride on.
"""

import hashlib
import hmac
from dataclasses import dataclass

NAME = "way_read"
PATH = "/"
"""Read by the hot lane: news below /api/v1, files below /dav."""

LIFETIME_S = 3600
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a good cookie speaks for."""

    user_id: int
    session: str
    ends: int


def session_digest(session_key: str) -> str:
    """The digest by which a session is found; MD5 hides a key of 190 random bits well."""
    return hashlib.md5(session_key.encode(), usedforsecurity=False).hexdigest()


def mint(key: str, *, user_id: int, session: str, ends: int) -> str:
    """A cookie's value."""
    text = f"{user_id}.{session}.{ends}"
    return f"{text}.{_sign(key, text)}"


def read(key: str, value: str, *, now_s: float) -> Reader | None:
    """Who it speaks for; None when it is not ours or is over."""
    parts = value.split(".")
    if len(parts) != _PARTS:
        return None
    text = ".".join(parts[:3])
    # As bytes: text that is not ASCII cannot be compared in constant time.
    if not hmac.compare_digest(_sign(key, text).encode(), parts[3].encode(errors="replace")):
        return None
    user, session, ends = parts[:3]
    return Reader(int(user), session, int(ends)) if int(ends) > now_s else None


def _sign(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(errors="replace"), hashlib.sha256).hexdigest()
