"""The tokens of this wire: JWTs, HS256, as the old server gave them (aCT `app.py`, getCSR). Pure.

`{"proxyid": 7, "exp": …}` is good for as long as the proxy. One that is given before somebody has
shown that the proxy is theirs holds no number, but our sealed key, and is good for that proof only
(the old one was good for all at once: whoever had seen a certificate was its holder).
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

_HEAD = {"alg": "HS256", "typ": "JWT"}
_PARTS = 3
LONGEST = 16_384
"""Characters of a token."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token of ours says.

    Attributes:
        ends: seconds since 1970.
        proxy_id: that its holder delegated; 0 before.
        user_id: whose it was when it was given; 0 before.
        pending: what we keep of a delegation that is not finished, sealed; empty after.
    """

    ends: int
    proxy_id: int = 0
    user_id: int = 0
    pending: str = ""


def mint(key: str, claims: Claims) -> str:
    """A token."""
    said: dict[str, object] = {"exp": claims.ends}
    if claims.pending:
        said["pending"] = claims.pending
    else:
        said |= {"proxyid": claims.proxy_id, "sub": str(claims.user_id)}
    text = f"{_encoded(_HEAD)}.{_encoded(said)}"
    return f"{text}.{_signature(key, text)}"


def read(key: str, token: str) -> Claims | None:
    """What it says; None when it is not ours. Whether it has ended is for the reader to see."""
    parts = token.split(".")
    if len(token) > LONGEST or len(parts) != _PARTS or not token.isascii():
        return None
    text = f"{parts[0]}.{parts[1]}"
    if not hmac.compare_digest(_signature(key, text), parts[2]):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return Claims(
            ends=int(said["exp"]),
            proxy_id=int(said.get("proxyid", 0)),
            user_id=int(said.get("sub", 0)),
            pending=str(said.get("pending", "")),
        )
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return None


def _encoded(document: dict[str, object] | dict[str, str]) -> str:
    text = json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _signature(key: str, text: str) -> str:
    """The same key signs other things; the first word keeps them apart."""
    own = hmac.new(key.encode(), b"act.tokens", hashlib.sha256).digest()
    made = hmac.new(own, text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
