"""Passes: the cookie of a browser that has given a link's password.

`<ends>.<signature>`: bound to the link and to its password, so that it dies with either; good on
the link's own path only.
"""

import hashlib
import hmac

LIFETIME_S = 12 * 3600


def name(share_id: int) -> str:
    """Of the cookie: one for each link, for they may be open side by side."""
    return f"way_share_{share_id}"


def mint(key: str, share_id: int, password: str, *, ends: int) -> str:
    """A pass; `password` is the hashed one."""
    return f"{ends}.{_sign(key, share_id, password, str(ends))}"


def good(key: str, share_id: int, password: str, value: str, *, now_s: float) -> bool:
    """Whether it is one of ours, for this link and its present password, and not over."""
    ends, _, signature = value.partition(".")
    if not ends.isascii() or not ends.isdecimal():
        return False
    wanted = _sign(key, share_id, password, ends)
    # As bytes: text that is not ASCII cannot be compared in constant time.
    same = hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
    return same and int(ends) > now_s


def _sign(key: str, share_id: int, password: str, ends: str) -> str:
    text = f"pass.{share_id}.{ends}.{password}"
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
