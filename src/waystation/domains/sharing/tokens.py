"""The secret in a link. Pure.

It is made of a random nonce by a key of the house, so that who manages a space can copy a link
again, and still nothing in the tables opens one: they have the nonce and a digest of the secret.
"""

import base64
import hashlib
import hmac
import re

_FORM = re.compile(r"[A-Za-z0-9_-]{32}")
_BYTES = 24


def secret(key: str, nonce: bytes) -> str:
    """192 bits, as 32 letters that need no quoting in an address."""
    found = hmac.new(key.encode(), b"share." + nonce, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(found[:_BYTES]).decode()


def digest(text: str) -> bytes:
    """What is stored. No salt or stretching: there is nothing to guess in 192 bits."""
    return hashlib.sha256(text.encode()).digest()


def possible(text: str) -> bool:
    """Whether it could be a secret of ours at all."""
    return _FORM.fullmatch(text) is not None
