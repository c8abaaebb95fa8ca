"""Checksums as servers tell them: `Digest` (RFC 3230) and `Repr-Digest` (RFC 9530). Pure."""

import base64
import binascii
import re
from collections.abc import Mapping

from waystation.backends.transfer.hands import digests
from waystation.backends.transfer.hands.task import MoveError
from waystation.domains.transfers.entities import MISMATCH, Piece

_ITEM = re.compile(r"\s*([A-Za-z0-9-]+)\s*=\s*:?([^,:\s]+):?\s*")
_OURS = {"adler32": "adler32", "adler": "adler32", "md5": "md5", "sha-256": "sha256",
         "sha256": "sha256"}  # fmt: skip
_THEIRS = {"adler32": "adler32", "md5": "md5", "sha256": "sha-256"}


def wanted(kind: str | None) -> dict[str, str]:
    """Headers that ask for a checksum; for all of them when it is not said which."""
    names = [_THEIRS[kind]] if kind else list(_THEIRS.values())
    modern = [f"{name}=1" for name in names if name == "sha-256"]
    asked = {"Want-Digest": ",".join(names)}
    return {**asked, "Want-Repr-Digest": ",".join(modern)} if modern else asked


def found(headers: Mapping[str, str]) -> dict[str, str]:
    """Checksums in the headers of an answer: ours' names -> hex digits."""
    told: dict[str, str] = {}
    for name in ("digest", "repr-digest"):
        for item in headers.get(name, "").split(","):
            match = _ITEM.fullmatch(item)
            kind = _OURS.get(match[1].lower()) if match else None
            if match and kind:
                told.setdefault(kind, _hex(kind, match[2]))
    return told


def _hex(kind: str, text: str) -> str:
    if kind == "adler32":
        return text
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return text


def compare(headers: Mapping[str, str], piece: Piece, known: Mapping[str, str], who: str) -> None:
    """Hold what a server says of a file against what is known of it.

    Raises:
        MoveError: its size or a checksum is another.
    """
    size = headers.get("content-length", "")
    if size.isdigit() and int(size) != piece.size:
        raise MoveError(f"{who} has {size} bytes, {piece.size} were told.")
    for kind, digits in found(headers).items():
        if kind in known and not digests.same(digits, known[kind]):
            raise MoveError(f"{MISMATCH}: {kind} is {digits}, {known[kind]} was told.")
