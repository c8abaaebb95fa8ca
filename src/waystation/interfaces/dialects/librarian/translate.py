"""The wire's words and ours. Pure."""

import re
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import TypeVar

import msgspec

from waystation.interfaces.dialects.librarian.refusals import refused

T = TypeVar("T", bound=msgspec.Struct)

_HEX = re.compile(r"[0-9a-fA-F]+")
LENGTHS = {"md5": 32, "xxh3": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Hex digits of each algorithm's digest; `xxh3` is its 128 bits."""

_MARK = ":::"


class Status(IntEnum):
    """Of a transfer, as the wire numbers them."""

    INITIATED = 0
    ONGOING = 1
    STAGED = 2
    COMPLETED = 3
    FAILED = 4
    CANCELLED = 5


class Severity(StrEnum):
    """How bad an error is."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Category(StrEnum):
    """What an error is about."""

    DATA_INTEGRITY = "data_integrity"
    DATA_AVAILABILITY = "data_availability"
    CONFIGURATION = "configuration"
    STORE_FULL = "store_full"
    PROGRAMMING = "programming"
    LIBRARIAN_NETWORK_AVAILABILITY = "librarian_network_availability"
    TRANSFER = "transfer"


def algorithm(checksum: str) -> str:
    """Which algorithm made a checksum; without a prefix it is md5, as in the days of HERA."""
    name, mark, _ = checksum.partition(_MARK)
    return name if mark else "md5"


def digits(checksum: str) -> str:
    """The digest in a checksum."""
    return checksum.rpartition(_MARK)[2]


def good_checksum(text: str) -> str:
    """A checksum that can be one.

    Raises:
        RefusedError: an algorithm that is not known, or no digest of it.
    """
    length = LENGTHS.get(algorithm(text))
    found = digits(text)
    if length is None or len(found) != length or not _HEX.fullmatch(found):
        raise refused(
            400,
            f"{text[:200]!r} is not a checksum.",
            f"Send algo:::hex with one of {', '.join(LENGTHS)}.",
        )
    return text


def same(one: str, other: str) -> bool:
    """Whether two checksums are of one algorithm and of the same bytes."""
    return algorithm(one) == algorithm(other) and digits(one).lower() == digits(other).lower()


def written(name: str, digest: str, like: str) -> str:
    """A digest as a checksum, with or without its prefix as another one has it."""
    return f"{name}{_MARK}{digest}" if _MARK in like else digest


def name_of(destination: str) -> str:
    """The name of a file, from where it should go.

    Raises:
        RefusedError: it is nowhere, or leads out of the library.
    """
    path = PurePosixPath(destination)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise refused(
            400,
            f"{destination[:200]!r} cannot be the name of a file.",
            "Send a relative path without '..'.",
        )
    return str(path)


def upload_name_of(text: str) -> str:
    """The one name that an upload has in its staging directory.

    Raises:
        RefusedError: it is none, or more than one.
    """
    path = PurePosixPath(text)
    if len(path.parts) != 1 or path.parts[0] in {"..", "/"} or "\0" in text:
        raise refused(
            400, f"{text[:200]!r} cannot be the name of an upload.", "Send a name without slashes."
        )
    return path.parts[0]


def deletion_policy(text: str) -> int:
    """0 or 1: the client sends the number as text, scripts send words; all else is 0."""
    return int(text.strip().lower() in {"1", "allowed"})


def told(moment: datetime) -> str:
    """A moment as the wire has it: UTC, and no word about it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def utc(moment: datetime) -> datetime:
    """A moment from the wire: without a zone it is UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def parsed(body: bytes, form: type[T]) -> T:
    """A body in its form; none at all is an empty one, unknown keys are passed over.

    Raises:
        RefusedError: it is not; 422 as ever, but in words that the client can read.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise refused(422, f"The request cannot be read: {problem}.", "Look at its form.") from (
            problem
        )
