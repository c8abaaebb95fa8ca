"""Checksums as HTTP names them, of the bytes that pass; pure but for the hashing.

Spoken: `Digest` and `Want-Digest` (RFC 3230; gfal2, FTS and XRootD send them), `Repr-Digest` and
`Want-Repr-Digest` (RFC 9530), `OC-Checksum` (ownCloud; rclone). adler32 is eight hex digits in the
first and the last, as the grid has it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from zlib_ng import zlib_ng

from waystation.domains.hosting.door import DigestMismatchError
from waystation.interfaces.mouths import Headers
from waystation.kernel.errors import MalformedError

_ITEM = re.compile(r"\s*([A-Za-z0-9-]+)\s*[=:]\s*:?([^,;:\s]+):?\s*")
_NAMES = {"sha-256": "sha256", "sha256": "sha256", "md5": "md5", "adler32": "adler32",
          "adler": "adler32"}  # fmt: skip
_SIZES = {"sha256": 32, "md5": 16, "adler32": 4}
_HEADERS = (b"digest", b"repr-digest", b"content-digest", b"oc-checksum", b"content-md5")


@dataclass(frozen=True, slots=True)
class Sums:
    """Digests of a file, as far as they are known."""

    adler32: int | None
    sha256: bytes | None

    def rfc3230(self) -> str:
        """For `Digest`; empty when nothing is known."""
        return ",".join(
            [
                *([f"adler32={self.adler32:08x}"] if self.adler32 is not None else []),
                *([f"sha-256={_base64(self.sha256)}"] if self.sha256 is not None else []),
            ]
        )

    def rfc9530(self) -> str:
        """For `Repr-Digest`; empty when nothing is known."""
        return f"sha-256=:{_base64(self.sha256)}:" if self.sha256 is not None else ""

    def owncloud(self) -> str:
        """For `oc:checksum`; empty when nothing is known."""
        return " ".join(
            [
                *([f"SHA256:{self.sha256.hex()}"] if self.sha256 is not None else []),
                *([f"ADLER32:{self.adler32:08x}"] if self.adler32 is not None else []),
            ]
        )


class Hasher:
    """Both digests that are kept, and the others that the sender announced."""

    def __init__(self, announced: Mapping[str, bytes]) -> None:
        self._announced = announced
        self._sha256 = hashlib.sha256()
        self._adler32 = 1
        self._md5 = hashlib.md5(usedforsecurity=False) if "md5" in announced else None

    def update(self, data: bytes | bytearray) -> None:
        """So many more bytes."""
        self._sha256.update(data)
        self._adler32 = zlib_ng.adler32(data, self._adler32)
        if self._md5 is not None:
            self._md5.update(data)

    def result(self) -> tuple[int, bytes]:
        """adler32 and sha256.

        Raises:
            DigestMismatchError: the bytes are not those that were announced.
        """
        found = {
            "sha256": self._sha256.digest(),
            "adler32": self._adler32.to_bytes(4),
            **({"md5": self._md5.digest()} if self._md5 is not None else {}),
        }
        for name, wanted in self._announced.items():
            if found[name] != wanted:
                raise DigestMismatchError(
                    f"The bytes that came have the {name} {found[name].hex()}, and"
                    f" {wanted.hex()} was announced. Nothing was stored.",
                    advice="Send the file again.",
                )
        return self._adler32, found["sha256"]


def announced(headers: Headers) -> dict[str, bytes]:
    """The digests that a sender says the file has, of the kinds that we know.

    Raises:
        MalformedError: one that cannot be.
    """
    found: dict[str, bytes] = {}
    for name, value in headers:
        if name not in _HEADERS:
            continue
        text = value.decode("latin-1")
        items = [("md5", text.strip())] if name == b"content-md5" else _ITEM.findall(text)
        for kind, digest in items:
            known = _NAMES.get(kind.lower())
            if known is not None:
                found[known] = _bytes(known, digest)
    return found


def wanted(headers: Headers, sums: Sums) -> Headers:
    """The headers that tell a file's digests to who asks for them."""
    asked = {name for name, _ in headers}
    answers = (
        (b"want-digest", b"digest", sums.rfc3230()),
        (b"want-repr-digest", b"repr-digest", sums.rfc9530()),
    )
    return [(ours, text.encode()) for theirs, ours, text in answers if theirs in asked and text]


def _bytes(name: str, text: str) -> bytes:
    """A digest from hex or base64, whichever has the right length."""
    size = _SIZES[name]
    try:
        if re.fullmatch(r"[0-9a-fA-F]{1,8}" if name == "adler32" else r"[0-9a-fA-F]+", text) and (
            name == "adler32" or len(text) == 2 * size
        ):
            return int(text, 16).to_bytes(size)
        found = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        found = b""
    if len(found) != size:
        raise MalformedError(f"{text[:100]!r} is no {name}.")
    return found


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
