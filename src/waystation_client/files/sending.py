"""Files up: what is there already is not sent, small ones go together, large ones resumably."""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from waystation_client.errors import NotFoundError, WaystationError
from waystation_client.files import digests, packing, remote, resumed
from waystation_client.files.bundles import Bundles
from waystation_client.files.crew import Crew
from waystation_client.files.local import Local, Passed
from waystation_client.files.places import Place
from waystation_client.files.remote import Remote
from waystation_client.files.tally import Tally
from waystation_client.files.wire import Wire, dav

LARGE = 2**24
"""Bytes from which on an upload is worth resuming."""

_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Sender:
    """Puts files into spaces.

    Attributes:
        wire: to the server.
        notes: of large uploads that were begun.
        tally: of what became of them.
        jobs: requests at a time.
        checksum: what has the same size and time is compared by its sha256, too.
        dry_run: only say what would go.
    """

    wire: Wire
    notes: resumed.Notes
    tally: Tally
    jobs: int = 4
    checksum: bool = False
    dry_run: bool = False

    def tree(self, found: Iterable[Local | Passed], folder: Place) -> Iterator[str]:
        """Put what is found below a folder there; the names of what goes, as it begins to."""
        fresh = not self._is_there(folder)
        with Crew(self.jobs) as crew:
            small = Bundles[Local](lambda some: crew.do(partial(self._many, some, folder)))
            for some in _chunks(found, remote.ASK):
                for each in self._wanted(some, folder, fresh=fresh):
                    yield each.name
                    self.tally.found(not each.folder, each.size)
                    if self.dry_run:
                        continue
                    if each.size > packing.SMALL:
                        crew.do(partial(self._one, each, folder.below(each.name)))
                    else:
                        small.add(each, each.size)
            small.rest()

    def file(self, file: Local, place: Place) -> None:
        """Put one file, unless it is there."""
        there = remote.known(self.wire, Place(place.space, ""), [place.path])[0]
        if there is not None and self._same(file, there):
            self.tally.same()
            return
        self.tally.found(1, file.size)
        if not self.dry_run:
            self._one(file, place)

    def _is_there(self, folder: Place) -> bool:
        try:
            remote.look(self.wire, folder)
        except NotFoundError:
            if not folder.path:
                raise
            return False
        return True

    def _wanted(
        self, some: list[Local | Passed], folder: Place, *, fresh: bool
    ) -> Iterator[Local]:
        """Those that the server does not have as they are."""
        files = [each for each in some if isinstance(each, Local)]
        for each in some:
            if isinstance(each, Passed):
                self.tally.failure(each.name, WaystationError(f"Not sent: {each.why}."))
        there: list[Remote | None] = [None] * len(files)
        if files and not fresh:
            there = remote.known(self.wire, folder, [each.name for each in files])
        for each, known in zip(files, there, strict=True):
            if known is not None and self._same(each, known):
                self.tally.same(not each.folder)
            else:
                yield each

    def _same(self, file: Local, there: Remote) -> bool:
        if file.folder or there.folder:
            return file.folder and there.folder
        if file.size != there.size or (
            not self.checksum and file.mtime != int(there.mtime.timestamp())
        ):
            return False
        return not self.checksum or digests.of_file(file.path) == there.sha256

    def _many(self, files: list[Local], folder: Place) -> None:
        try:
            packing.send(self.wire, folder, files, self.tally)
        except WaystationError as error:
            for each in files:
                self.tally.failure(each.name, error)

    def _one(self, file: Local, place: Place) -> None:
        try:
            if file.size >= LARGE:
                resumed.send(self.wire, file, place, self.notes, self.tally)
            else:
                self._whole(file, place)
        except (WaystationError, OSError) as error:
            self.tally.failure(file.name, error)

    def _whole(self, file: Local, place: Place) -> None:
        """One request, proved by the digest in its answer."""
        hasher = hashlib.sha256()

        def body() -> Iterator[bytes]:
            nonlocal hasher
            hasher = hashlib.sha256()
            with file.path.open("rb") as content:
                for data in iter(partial(content.read, _CHUNK), b""):
                    hasher.update(data)
                    yield data

        headers = {"X-OC-Mtime": str(file.mtime), "Content-Length": str(file.size)}
        try:
            answer = self.wire.call("PUT", dav(place), body=body, headers=headers)
        except WaystationError as error:
            if error.code != "no-parent" or "/" not in place.path:
                raise
            above = Place(place.space, place.path.rpartition("/")[0])
            remote.make_folder(self.wire, above, parents=True)
            answer = self.wire.call("PUT", dav(place), body=body, headers=headers)
        theirs = digests.told(answer.headers.get("Repr-Digest", ""))
        digests.must_be(hasher.hexdigest(), theirs, file.name)
        self.tally.moved(file.size)


def _chunks(found: Iterable[Local | Passed], size: int) -> Iterator[list[Local | Passed]]:
    rest = iter(found)
    while some := list(itertools.islice(rest, size)):
        yield some
