"""Passages: what the grid port tells the pages about a browser that showed its certificate there.

Sealed by a key of ours, good for a minute, and only in the session that asked for it: who steals
the address of one, or sends one to somebody else, has nothing.
"""

import base64
import hashlib
import hmac

import msgspec
from cryptography.fernet import Fernet, InvalidToken

LIFETIME_S = 60
DOOR = "/sign-in/by-certificate"
"""On the grid port."""


class Passage(msgspec.Struct, frozen=True, array_like=True):
    """Who came to the grid port.

    Attributes:
        state: what the pages gave the browser on its way there.
        subject: of the certificate; empty when it showed none.
        user_id: of the account that it belongs to; 0 is nobody's.
        ends: seconds since 1970.
    """

    state: str
    subject: str
    user_id: int
    ends: int


def sealed(key: str, given: Passage) -> str:
    """As text for an address."""
    return _fernet(key).encrypt(msgspec.msgpack.encode(given)).rstrip(b"=").decode()


def opened(key: str, text: str, *, state: str, now_s: float) -> Passage | None:
    """Who came; None when it is not ours, not for this session, or over."""
    try:
        data = _fernet(key).decrypt(text + "=" * (-len(text) % 4))
        found = msgspec.msgpack.decode(data, type=Passage)
    except (InvalidToken, ValueError):
        return None
    same = hmac.compare_digest(found.state.encode(), state.encode())
    return found if state and same and found.ends > now_s else None


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"passage.{key}".encode()).digest()))
