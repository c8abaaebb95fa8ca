"""A tar into a folder: small files by the hundred, large ones each by itself.

Runs in a thread of its own. Nothing of it grows with the number of files: what became of them is
kept on disk until the body has come, for most clients only listen then.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import IO

import msgspec
from zlib_ng import zlib_ng

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import MOST, Condition, Hosting, Outcome, Small
from waystation.domains.quotas.door import OverQuotaError
from waystation.interfaces import problems
from waystation.interfaces.dav.digests import Hasher
from waystation.interfaces.dav.taking import PROOF_S
from waystation.interfaces.tree.asking import Where
from waystation.interfaces.tree.incoming import members, not_a_tar
from waystation.kernel.errors import MalformedError, WaystationError

SMALL = 2**20
"""Bytes up to which a file is held in memory with others."""

TOGETHER = 2**23
"""Bytes that are held in memory before they are stored."""

_CHUNK = 2**20
_SPOOL = 2**18
_LATEST_MTIME = 253_402_300_799  # the end of the year 9999


@dataclass(slots=True)
class Told:
    """What became of the files, a JSON line each, to be read back once.

    Attributes:
        good, bad: how many were stored, and how many not.
    """

    good: int = 0
    bad: int = 0
    _file: IO[bytes] = field(default_factory=partial(SpooledTemporaryFile, _SPOOL))

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self._file.write(msgspec.json.encode(_line(outcome)) + b"\n")
        if outcome.problem is None:
            self.good += 1
        else:
            self.bad += 1

    def read(self) -> Iterator[bytes]:
        """All lines, and the sum; then they are gone."""
        with self._file as file:
            file.seek(0)
            while data := file.read(_CHUNK):
                yield data
            yield msgspec.json.encode({"stored": self.good, "refused": self.bad}) + b"\n"


class Unpacking:
    """One tar that goes into one folder."""

    def __init__(self, hosting: Hosting, who: Grant, at: Where, condition: Condition) -> None:
        self._hosting = hosting
        self._who = who
        self._at = at
        self._condition = condition
        self._told = Told()
        self._small: list[Small] = []
        self._names: list[str] = []
        self._waiting = 0
        self._full: WaystationError | None = None

    def run(self, pull: Callable[[], bytes]) -> Told:
        """Store all members as they come; `pull` gives the body's next piece, b"" at its end.

        Raises:
            MalformedError: it is no tar, or ends in the middle; what came whole is stored.
            ForbiddenError, NotFoundError: the caller may not write there.
        """
        try:
            for member, content in members(pull):
                self._take(member, content)
        except tarfile.TarError as problem:
            raise not_a_tar(str(problem)) from problem
        finally:
            self._flush()
        return self._told

    def _take(self, member: tarfile.TarInfo, content: IO[bytes] | None) -> None:
        try:
            path = self._path(member.name)
            if member.isdir():
                self._hosting.files.make_way(self._who, self._at.space, f"{path}/x")
            elif content is None:
                raise MalformedError("Only files and folders are taken, no links or devices.")
            elif self._full is not None:
                raise self._full
            elif member.size <= SMALL:
                self._gather(member, path, content.read())
            else:
                # Before it, so that of one name that comes twice the last one stays.
                self._flush()
                self._told.add(self._large(member, path, content))
        except WaystationError as problem:
            self._told.add(Outcome(member.name, problem=problem))

    def _path(self, name: str) -> str:
        """Where a member goes: never out of the folder, which the service looks at once more.

        Raises:
            MalformedError: the archive means another place.
        """
        if name.startswith("/") or ".." in name.split("/"):
            raise MalformedError(
                "The name leads out of the folder.", advice="Pack with relative names."
            )
        inner = "/".join(part for part in name.split("/") if part not in {"", "."})
        return self._at.below(inner) if inner else self._at.path

    def _gather(self, member: tarfile.TarInfo, path: str, data: bytes) -> None:
        digest, adler = hashlib.sha256(data).digest(), zlib_ng.adler32(data)
        self._small.append(Small(path, data, adler, digest, _mtime(member)))
        self._names.append(member.name)
        self._waiting += len(data)
        if len(self._small) == MOST or self._waiting >= TOGETHER:
            self._flush()

    def _flush(self) -> None:
        """Store what was gathered."""
        small, names = self._small, self._names
        self._small, self._names, self._waiting = [], [], 0
        if not small:
            return
        try:
            stored = self._hosting.batches.put(
                self._who, self._at.space, small, condition=self._condition
            )
        except WaystationError as problem:
            if problem.code in {"forbidden", "not-found"}:
                raise
            self._full = problem
            stored = [Outcome(each.path, problem=problem) for each in small]
        for name, outcome in zip(names, stored, strict=True):
            if isinstance(outcome.problem, OverQuotaError):
                # Nobody is asked again for each of the files that are still to come.
                self._full = outcome.problem
            self._told.add(Outcome(name, outcome.entry, outcome.new, outcome.problem))

    def _large(self, member: tarfile.TarInfo, path: str, content: IO[bytes]) -> Outcome:
        uploads = self._hosting.uploads
        self._hosting.files.make_way(self._who, self._at.space, path)
        ticket = uploads.begin(
            self._who,
            self._at.space,
            path,
            bytes_=member.size,
            condition=self._condition,
            mtime=_mtime(member),
        )
        try:
            storage, hasher = self._hosting.spaces.storage(ticket.space), Hasher({})
            sink, proved = storage.receive(ticket.part, expected=member.size), monotonic()
            try:
                while data := content.read(_CHUNK):
                    sink.write(data)
                    hasher.update(data)
                    if monotonic() - proved > PROOF_S:
                        uploads.more(ticket, 0)
                        proved = monotonic()
                adler32, sha256 = hasher.result()
                sink.finish(durable=ticket.space.durable)
            finally:
                sink.close()
            made, new = uploads.commit(
                ticket,
                size=member.size,
                adler32=adler32,
                sha256=sha256,
                condition=self._condition,
            )
        except BaseException:
            uploads.abort(ticket)
            raise
        return Outcome(member.name, made, new)


def _mtime(member: tarfile.TarInfo) -> datetime | None:
    seconds = int(member.mtime)
    return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds <= _LATEST_MTIME else None


def _line(outcome: Outcome) -> dict[str, object]:
    """What is told of one file."""
    path = outcome.path.encode("utf-8", "replace").decode()
    if outcome.entry is None:
        assert outcome.problem is not None
        said = problems.document(outcome.problem, request_id="")
        kept = {name: said[name] for name in ("code", "title", "detail", "status")}
        return {"path": path, "problem": kept}
    entry = outcome.entry
    digest = entry.sha256.hex() if entry.sha256 is not None else None
    return {"path": path, "new": outcome.new, "size": entry.size, "sha256": digest}
