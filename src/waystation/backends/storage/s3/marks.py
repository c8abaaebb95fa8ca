"""Marks: how far an upload came that can be gone on with, as small objects of the bucket.

A part of a multipart upload can neither be read back nor be small, and stores differ in what they
list when one was sent twice. So a mark says all of it: the offset is its name; within are the
multipart upload, its parts that count, and the bytes behind the last of them.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from waystation.backends.storage.s3.bucket import Bucket, Part
from waystation.backends.storage.s3.refusals import GoneError


@dataclass(frozen=True, slots=True)
class Mark:
    """How far it came.

    Attributes:
        offset: bytes that are there.
        upload: the multipart upload; empty when there is none.
        parts: of it, in order, from the first on.
        tail: the bytes behind them.
    """

    offset: int
    upload: str = ""
    parts: tuple[Part, ...] = ()
    tail: bytes = b""


class Marks:
    """Those of one upload.

    Args:
        bucket: that they are in.
        prefix: what their keys begin with.
    """

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def offsets(self) -> list[int]:
        """Where there are marks, the newest first."""
        found = self._bucket.list(self._prefix)
        return sorted((int(each.key[len(self._prefix) :], 16) for each in found), reverse=True)

    def read(self, offset: int) -> Mark:
        """The mark there."""
        there = self._bucket.head(self._key(offset))
        if there is None:
            raise GoneError(self._key(offset))
        body = self._bucket.get(there.key, 0, there.bytes, there.etag)
        try:
            head, _, tail = body.read(there.bytes).partition(b"\n")
        finally:
            body.close()
        said = json.loads(head)
        parts = (Part(n, size, tag) for n, (size, tag) in enumerate(said["parts"], 1))
        return Mark(offset, said["upload"], tuple(parts), tail)

    def put(self, mark: Mark, *, keep: Collection[int] = ()) -> None:
        """Write a mark; of the others only these stay."""
        parts = [(each.bytes, each.etag) for each in mark.parts]
        head = json.dumps({"upload": mark.upload, "parts": parts}).encode()
        self._bucket.put(self._key(mark.offset), head + b"\n" + mark.tail)
        self._drop(set(self.offsets()) - {mark.offset, *keep})

    def clear(self) -> bool:
        """None is needed any more; False when there was none."""
        there = self.offsets()
        self._drop(there)
        return bool(there)

    def _drop(self, offsets: Collection[int]) -> None:
        self._bucket.delete([self._key(offset) for offset in offsets])

    def _key(self, offset: int) -> str:
        return f"{self._prefix}{offset:016x}"
