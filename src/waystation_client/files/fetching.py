"""Files down: small ones together, large ones resumably; each proved before it has its name."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from waystation_client.errors import MalformedError, WaystationError
from waystation_client.files import digests, packing
from waystation_client.files.bundles import Bundles
from waystation_client.files.crew import Crew
from waystation_client.files.local import Choice, Target
from waystation_client.files.places import Place
from waystation_client.files.remote import Remote
from waystation_client.files.tally import Tally
from waystation_client.files.wire import Wire, dav, tree

_CHUNK = 2**20
_NEW = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_BOTH = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_PARTIAL = 206


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches files of spaces into a folder here.

    Attributes: as of `Sender`; `target` is the folder.
    """

    wire: Wire
    target: Target
    tally: Tally
    jobs: int = 4
    checksum: bool = False
    dry_run: bool = False

    def tree(self, found: Iterable[Remote], folder: Place, choice: Choice) -> Iterator[str]:
        """Fetch what is found below a folder; the names of what comes, as it begins to."""
        with Crew(self.jobs) as crew:
            small = Bundles[Remote](lambda some: crew.do(partial(self._many, some, folder)))
            for each in found:
                if not self._is_wanted(each, choice):
                    continue
                yield each.name
                self.tally.found(1, each.size)
                if self.dry_run:
                    continue
                if each.size > packing.SMALL:
                    crew.do(partial(self.one, each, folder.below(each.name)))
                else:
                    small.add(each, each.size)
            small.rest()

    def is_here(self, there: Remote, path: Path) -> bool:
        """Whether a file is here as it is there."""
        try:
            found = path.lstat()
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode) or found.st_size != there.size:
            return False
        if self.checksum:
            return digests.of_file(path) == there.sha256
        return int(found.st_mtime) == int(there.mtime.timestamp())

    def one(self, there: Remote, place: Place) -> None:
        """Fetch one file; what goes wrong is told to the tally."""
        try:
            path = self.target.path(there.name)
            part = path.with_name(f".{_short(path.name)}.{_mark(there.etag)}.part")
            self.wire.persist(partial(self._fetch, there, place, part))
            _name(part, path, there)
            self.tally.moved(there.size)
        except (WaystationError, OSError) as error:
            self.tally.failure(there.name, error)

    def _is_wanted(self, each: Remote, choice: Choice) -> bool:
        """Whether this is to be fetched; folders are made at once."""
        try:
            if each.folder:
                if not self.dry_run and not choice.include and not choice.leaves(each.name):
                    self.target.folder(each.name)
                return False
            above = each.name.split("/")[:-1]
            inside = ("/".join(above[: n + 1]) for n in range(len(above)))
            if not choice.takes(each.name) or any(map(choice.leaves, inside)):
                return False
            path = self.target.top / each.name if self.dry_run else self.target.path(each.name)
        except (WaystationError, OSError) as error:
            self.tally.failure(each.name, error)
            return False
        if self.is_here(each, path):
            self.tally.same()
            return False
        return True

    def _many(self, files: list[Remote], folder: Place) -> None:
        """Fetch small files in one answer."""
        wanted = {each.name: each for each in files}
        try:
            self.wire.persist(partial(self._rest_of, wanted, folder))
        except WaystationError as error:
            for name in wanted:
                self.tally.failure(name, error)
            return
        for name in wanted:
            self.tally.failure(name, MalformedError("The server did not send it."))

    def _rest_of(self, wanted: dict[str, Remote], folder: Place) -> None:
        """Ask for files by their names, and take from them what came."""
        body = msgspec.json.encode({"paths": list(wanted)})
        headers = {"Content-Type": "application/json"}
        archive = f"{tree(folder)}?archive=tar"
        with self.wire.stream("POST", archive, body=body, headers=headers) as answer:
            for name, _, data in packing.read(answer.iter_bytes()):
                # What nobody asked for, or twice, is not written.
                if (there := wanted.pop(name, None)) is not None:
                    self._write(there, data)

    def _write(self, there: Remote, data: bytes) -> None:
        try:
            path = self.target.path(there.name)
            if there.sha256:
                digests.must_be(hashlib.sha256(data).hexdigest(), there.sha256, there.name)
            part = path.with_name(f".{_short(path.name)}.{_mark(there.etag)}.part")
            with os.fdopen(os.open(part, _NEW | os.O_TRUNC, 0o644), "wb") as file:
                file.write(data)
            _name(part, path, there)
            self.tally.moved(len(data))
        except (WaystationError, OSError) as error:
            self.tally.failure(there.name, error)

    def _fetch(self, there: Remote, place: Place, part: Path) -> None:
        """The whole file into its part, going on behind what is there.

        Raises:
            DigestMismatchError: it is not what it should be; the part is gone.
            UnavailableError: the line broke; the part stays.
        """
        with os.fdopen(os.open(part, _BOTH, 0o644), "r+b") as file:
            hasher = hashlib.sha256()
            while data := file.read(_CHUNK):
                hasher.update(data)
            at = file.tell()
            headers = {"Want-Repr-Digest": "sha-256=10", "Accept-Encoding": "identity"}
            if at:
                headers |= {"Range": f"bytes={at}-", "If-Range": there.etag}
            flown = 0
            try:
                theirs = there.sha256
                if at < there.size or not at:
                    with self.wire.stream("GET", dav(place), headers=headers) as answer:
                        if at and answer.status_code != _PARTIAL:
                            file.seek(0)
                            file.truncate()
                            hasher = hashlib.sha256()
                        theirs = digests.told(answer.headers.get("Repr-Digest", "")) or theirs
                        for data in answer.iter_raw():
                            file.write(data)
                            hasher.update(data)
                            flown += len(data)
                            self.tally.flew(len(data))
                file.flush()
                if theirs:  # one that the service itself has not read yet has none
                    digests.must_be(hasher.hexdigest(), theirs, there.name)
            except digests.DigestMismatchError:
                part.unlink(missing_ok=True)
                raise
            finally:
                self.tally.flew(-flown)


def _name(part: Path, path: Path, there: Remote) -> None:
    """Give a part its time and its name; what has the name is replaced, a link too."""
    seconds = int(there.mtime.timestamp())
    with suppress(OSError):
        os.utime(part, (seconds, seconds))
    part.replace(path)


def _mark(etag: str) -> str:
    """Tells parts of one content from those of another."""
    return hashlib.sha256(etag.encode()).hexdigest()[:12]


def _short(name: str) -> str:
    """A name that leaves room for what is put around it."""
    return name.encode()[:200].decode(errors="ignore")
