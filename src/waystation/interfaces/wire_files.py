"""Our API's documents about files of spaces."""

from datetime import datetime

import msgspec

from waystation.domains.hosting.door import Hit, Hits


class HitWire(msgspec.Struct):
    """A file or folder that was found; `sha256` is null of a folder, and while it is not known."""

    space: str
    path: str
    kind: str
    size: int
    mtime: datetime
    sha256: str | None

    @classmethod
    def of(cls, hit: Hit) -> "HitWire":
        """From what hosting found."""
        entry = hit.entry
        kind = "folder" if entry.folder else "file"
        digest = entry.sha256.hex() if entry.sha256 is not None else None
        return cls(hit.space.name, hit.path, kind, entry.size, entry.mtime, digest)


class HitsWire(msgspec.Struct):
    """A page of what was found, the newest first; it may be short and still not be the last."""

    found: list[HitWire]
    next_before: int | None

    @classmethod
    def of(cls, hits: Hits) -> "HitsWire":
        """From what hosting found."""
        return cls([HitWire.of(hit) for hit in hits.found], hits.next_before)


class ExplainedWire(msgspec.Struct):
    """Why somebody can or cannot, a sentence each."""

    lines: list[str]


FILES = (ExplainedWire, HitWire, HitsWire)
"""All of them, for the OpenAPI document."""
