"""Byte ranges (RFC 9110, 14) and conditions (13). Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_SPEC = re.compile(r"\s*(\d*)-(\d*)\s*")
MOST = 64
"""Ranges in one request; who asks for more gets the whole file, as the RFC allows."""


@dataclass(frozen=True, slots=True)
class Slice:
    """So many bytes from there on."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """For `Content-Range`."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def slices(header: str, size: int) -> list[Slice] | None:
    """The slices of a file of that size which a Range header names.

    Returns:
        None when the header is to be ignored: the whole file is the answer. Empty when there is
        none of it in the file (416).
    """
    unit, _, specs = header.partition("=")
    parts = specs.split(",")
    if unit.strip().lower() != "bytes" or len(parts) > MOST:
        return None
    found: list[Slice] = []
    for part in parts:
        match = _SPEC.fullmatch(part)
        if match is None or part.strip() == "-":
            return None
        low, high = match[1], match[2]
        if not low:
            length = min(int(high), size)
            start = size - length
        else:
            start = int(low)
            if high and int(high) < start:
                return None
            length = min(int(high) + 1 if high else size, size) - start
        if length > 0:
            found.append(Slice(start, length))
    return found


def unchanged(given: dict[bytes, bytes], etag: str, mtime: datetime) -> bool:
    """Whether who asks has it already (If-None-Match, If-Modified-Since): 304."""
    if b"if-none-match" in given:
        return _named(given[b"if-none-match"], etag, weak=True)
    if b"if-modified-since" in given:
        since = moment(given[b"if-modified-since"])
        return since is not None and mtime.replace(microsecond=0) <= since
    return False


def as_expected(given: dict[bytes, bytes], etag: str, mtime: datetime) -> bool:
    """Whether it is what who asks expects (If-Match, If-Unmodified-Since); else 412."""
    if b"if-match" in given:
        return _named(given[b"if-match"], etag, weak=False)
    if b"if-unmodified-since" in given:
        since = moment(given[b"if-unmodified-since"])
        return since is None or mtime.replace(microsecond=0) <= since
    return True


def range_holds(given: dict[bytes, bytes], etag: str, mtime: datetime) -> bool:
    """Whether the ranges are of this content (If-Range)."""
    condition = given.get(b"if-range")
    if condition is None:
        return True
    if condition.lstrip().startswith((b'"', b"W/")):
        return condition.strip().decode("latin-1") == etag
    return moment(condition) == mtime.replace(microsecond=0)


def moment(value: bytes) -> datetime | None:
    """An HTTP date; None when it is none."""
    try:
        found = parsedate_to_datetime(value.decode("latin-1"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def http_date(at: datetime) -> str:
    """A moment as HTTP writes it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _named(header: bytes, etag: str, *, weak: bool) -> bool:
    text = header.decode("latin-1").strip()
    if text == "*":
        return True
    named = [each.strip() for each in text.split(",")]
    return etag in ([each.removeprefix("W/") for each in named] if weak else named)
