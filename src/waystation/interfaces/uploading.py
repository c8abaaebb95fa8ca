"""Upload tokens: let a signed-in page write to one space for some minutes, as a bearer token.

`wayup.<user>.<session digest>.<ends>.<signature>.<space>`: signed by us, bound to one browser
session, dead with it. A page asks for one by a POST that Django guards against forged requests
(docs/adr/0009-upload-tokens.md). The space is last because its name may have dots in it.
"""

import hashlib
import hmac
from dataclasses import dataclass

LIFETIME_S = 900
_PREFIX = "wayup."
_PARTS = 5


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who a good token speaks for, and where.

    Attributes:
        user_id: of the account.
        session: digest of the browser session's key.
        ends: seconds since 1970.
        space: name of the one space that it is good for.
    """

    user_id: int
    session: str
    ends: int
    space: str


def mint(key: str, *, user_id: int, session: str, ends: int, space: str) -> str:
    """A token."""
    text = f"{user_id}.{session}.{ends}"
    return f"{_PREFIX}{text}.{_sign(key, text, space)}.{space}"


def ours(token: str) -> bool:
    """Whether it looks like one; whether it is good is said by `read`."""
    return token.startswith(_PREFIX)


def read(key: str, token: str, *, now_s: float) -> Uploader | None:
    """Who it speaks for; None when it is not ours or is over."""
    parts = token.removeprefix(_PREFIX).split(".", _PARTS - 1)
    if not ours(token) or len(parts) != _PARTS:
        return None
    user, session, ends, signature, space = parts
    wanted = _sign(key, f"{user}.{session}.{ends}", space)
    # As bytes: text that is not ASCII cannot be compared in constant time.
    if not hmac.compare_digest(wanted.encode(), signature.encode(errors="replace")):
        return None
    return Uploader(int(user), session, int(ends), space) if int(ends) > now_s else None


def _sign(key: str, text: str, space: str) -> str:
    """The same key signs reading cookies; the first word keeps the two apart."""
    whole = f"upload.{text}.{space}".encode(errors="replace")
    return hmac.new(key.encode(), whole, hashlib.sha256).hexdigest()
