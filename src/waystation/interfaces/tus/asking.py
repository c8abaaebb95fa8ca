"""What a tus request says, in our words. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from waystation.domains.hosting.door import PreconditionError
from waystation.interfaces.mouths import Headers
from waystation.interfaces.tus.errors import UnsupportedMediaError
from waystation.kernel.errors import MalformedError

PREFIX = "/tus"
VERSION = b"1.0.0"
MEDIA = b"application/offset+octet-stream"
ALGORITHMS = ("sha1", "sha256", "md5")
_LARGEST = 2**62
_LATEST_MTIME = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Where:
    """A space, and what is named in it: an upload, or nothing."""

    space: str
    name: str


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one piece: a name that hashlib knows, and the digest."""

    algorithm: str
    digest: bytes


def where(path: str) -> Where:
    """What a decoded URL path names."""
    space, _, name = path.removeprefix(PREFIX).lstrip("/").partition("/")
    return Where(space, name)


def version(headers: Headers) -> None:
    """Whether the client speaks our version.

    Raises:
        PreconditionError: it does not.
    """
    said = dict(headers).get(b"tus-resumable")
    if said != VERSION:
        raise PreconditionError(
            "This is tus 1.0.0.", advice=f"Send Tus-Resumable: {VERSION.decode()}."
        )


def media(headers: Headers) -> None:
    """Whether the body is a piece of an upload.

    Raises:
        UnsupportedMediaError: it is not.
    """
    if not has_piece(headers):
        raise UnsupportedMediaError(f"A piece comes as {MEDIA.decode()}.")


def has_piece(headers: Headers) -> bool:
    """Whether a piece of the upload comes with the request."""
    return dict(headers).get(b"content-type", b"").strip().lower() == MEDIA


def number(headers: Headers, name: bytes) -> int:
    """A header that must be a number of bytes.

    Raises:
        MalformedError: it is none, or not there.
    """
    text = dict(headers).get(name, b"").strip()
    if not text.isdigit() or int(text) > _LARGEST:
        raise MalformedError(f"{name.decode().title()} must be a number of bytes.")
    return int(text)


def metadata(headers: Headers) -> dict[str, str]:
    """Upload-Metadata: by key; a key without a value has an empty one.

    Raises:
        MalformedError: it is not as tus has it, or not UTF-8.
    """
    found: dict[str, str] = {}
    text = dict(headers).get(b"upload-metadata", b"").decode("latin-1")
    for pair in filter(None, (each.strip() for each in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (ValueError, binascii.Error) as problem:
            raise MalformedError(
                f"Upload-Metadata: {key[:60]!r} is not base64 of text."
            ) from problem
    return found


def path(said: dict[str, str]) -> str:
    """Where the file goes: `relativePath` from the top of the space, or `filename` there.

    Raises:
        MalformedError: neither is said.
    """
    name = said.get("relativePath") or said.get("filename") or said.get("name")
    if not name:
        raise MalformedError(
            "The file has no name.", advice="Send Upload-Metadata: filename BASE64."
        )
    return name


def mtime(said: dict[str, str]) -> datetime | None:
    """`mtime`: time of the content in seconds since 1970."""
    text = said.get("mtime", "")
    if not text.isascii() or not text.isdigit() or int(text) > _LATEST_MTIME:
        return None
    return datetime.fromtimestamp(int(text), UTC)


def checksum(headers: Headers) -> Checksum | None:
    """Upload-Checksum of the piece.

    Raises:
        MalformedError: of a kind that we do not know, or no digest.
    """
    text = dict(headers).get(b"upload-checksum")
    if text is None:
        return None
    algorithm, _, digest = text.decode("latin-1").partition(" ")
    if algorithm not in ALGORITHMS:
        raise MalformedError(f"Upload-Checksum is one of {', '.join(ALGORITHMS)}.")
    try:
        return Checksum(algorithm, base64.b64decode(digest.strip(), validate=True))
    except (ValueError, binascii.Error) as problem:
        raise MalformedError("Upload-Checksum is not base64.") from problem
