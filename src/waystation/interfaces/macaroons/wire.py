"""What a macaroon is: libmacaroons' format 1, base64url, first-party caveats only. Pure.

Packets of four hex digits (their own length), a key, a blank, a value, a line end: `location`,
`identifier`, `cid` for each caveat, `signature`. The signature is a chain: HMAC-SHA-256 of the
identifier by a key derived from ours, then of each caveat by the signature before it; so whoever
has a macaroon can add a caveat, and nobody can take one away (Birgisson et al., NDSS 2014;
libmacaroons doc/format.txt). pymacaroons is the judge in our tests.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

LARGEST = 8_192
"""Characters of one on the wire."""

MOST_CAVEATS = 64
_HEAD = 4
_SIGNATURE = 32
_DERIVE = b"macaroons-key-generator"
_FIRST = "MDA"
"""Of every one: base64 of the first hex digits of a packet that is shorter than 4 kB."""


@dataclass(frozen=True, slots=True)
class Macaroon:
    """One that was read; whether it is ours is said by `proved`.

    Attributes:
        location: of who made it; a hint, not proved by anything.
        identifier: tells its maker what it is.
        caveats: conditions, in the order in which they were added.
        signature: of all that.
    """

    location: bytes
    identifier: bytes
    caveats: tuple[bytes, ...]
    signature: bytes


def mint(key: bytes, location: str, identifier: bytes, caveats: Sequence[str]) -> str:
    """A macaroon as it is sent.

    Args:
        key: that only its maker has.
        location: of its maker.
        identifier: what it is, told to its maker only.
        caveats: conditions.
    """
    texts = [caveat.encode() for caveat in caveats]
    packets = [
        _packet(b"location", location.encode()),
        _packet(b"identifier", identifier),
        *(_packet(b"cid", text) for text in texts),
        _packet(b"signature", _chain(key, identifier, texts)),
    ]
    return base64.urlsafe_b64encode(b"".join(packets)).decode().rstrip("=")


def ours(text: str) -> bool:
    """Whether a bearer token looks like one."""
    return text.startswith(_FIRST)


def read(text: str) -> Macaroon | None:
    """A macaroon from the wire; None when it is none, or has third-party caveats."""
    if len(text) > LARGEST or not text.isascii():
        return None
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        packets = _packets(data)
    except (ValueError, binascii.Error):
        return None
    names = [name for name, _ in packets]
    middle = len(packets) - 3
    if not 0 <= middle <= MOST_CAVEATS:
        return None
    if names != [b"location", b"identifier", *[b"cid"] * middle, b"signature"]:
        return None
    values = [value for _, value in packets]
    if len(values[-1]) != _SIGNATURE:
        return None
    return Macaroon(values[0], values[1], tuple(values[2:-1]), values[-1])


def proved(macaroon: Macaroon, key: bytes) -> bool:
    """Whether it was made with this key, and nothing was taken from it or changed since."""
    wanted = _chain(key, macaroon.identifier, macaroon.caveats)
    return hmac.compare_digest(wanted, macaroon.signature)


def _chain(key: bytes, identifier: bytes, caveats: Sequence[bytes]) -> bytes:
    derived = hmac.digest(_DERIVE, key, hashlib.sha256)
    signature = hmac.digest(derived, identifier, hashlib.sha256)
    for caveat in caveats:
        signature = hmac.digest(signature, caveat, hashlib.sha256)
    return signature


def _packet(name: bytes, value: bytes) -> bytes:
    length = _HEAD + len(name) + 1 + len(value) + 1
    return b"%04x%s %s\n" % (length, name, value)


def _packets(data: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values.

    Raises:
        ValueError: the bytes are no packets.
    """
    found = []
    while data:
        length = int(data[:_HEAD], 16)
        body = data[_HEAD:length]
        name, blank, value = body.partition(b" ")
        if len(body) != length - _HEAD or not blank or not value.endswith(b"\n"):
            raise ValueError("no packet")
        found.append((name, value[:-1]))
        data = data[length:]
    return found
