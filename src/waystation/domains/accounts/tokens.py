"""What a token looks like on the wire: `way_<id>_<secret>`. Pure."""

import hashlib
import hmac
import re
import secrets

_FORM = re.compile(r"way_(\d{1,18})_([A-Za-z0-9_-]{43})")


def make_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored. No salt or stretching: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def written(token_id: int, secret: str) -> str:
    """As handed to the owner."""
    return f"way_{token_id}_{secret}"


def parsed(text: str) -> tuple[int, str] | None:
    """Id and secret, or None when it is no token of ours."""
    match = _FORM.fullmatch(text)
    return (int(match[1]), match[2]) if match else None


def same(secret: str, stored: bytes) -> bool:
    """Whether the secret is the stored one, in constant time."""
    return hmac.compare_digest(digest(secret), stored)


def sign(text: str, message: bytes) -> tuple[int, str] | None:
    """Id of a token and a signature by it: shows who wrote a message, without the token.

    HMAC-SHA256 by what the other side stores of the token. None when it is no token.
    """
    found = parsed(text)
    return (found[0], signature(digest(found[1]), message)) if found else None


def signature(stored: bytes, message: bytes) -> str:
    """What `sign` says, from what is stored."""
    return hmac.new(stored, b"waystation message\n" + message, hashlib.sha256).hexdigest()
