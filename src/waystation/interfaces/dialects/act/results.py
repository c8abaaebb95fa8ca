"""What jobs left, as their clients see it: files of the space, streams, and what is known of runs.

What a job that ended well left is in its space. The streams of one that did not are where it ran,
for as long as its cluster keeps them; they are read from there.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Space
from waystation.domains.jobs.door import MOST_LOG
from waystation.interfaces.dialects.act import translate
from waystation.interfaces.dialects.act.asking import Found
from waystation.interfaces.dialects.act.call import RefusalError
from waystation.interfaces.dialects.act.description import shown
from waystation.interfaces.services import Services
from waystation.interfaces.tree.packing import PIECE, Pipe
from waystation.interfaces.tree.walking import Leaf, below
from waystation.kernel.errors import NotFoundError

STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder: names of files and of folders, as A-REX lists them."""

    file: list[str]
    dir: list[str]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the space."""

    space: Space
    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Told:
    """What is not a file of the space: its pieces, when they are asked for."""

    pieces: Callable[[], Iterator[bytes]]


class Results:
    """Of the caller's jobs."""

    def __init__(self, house: Services) -> None:
        self._house = house

    def listing(self, who: Grant, job: Found, folder: str) -> Listing:
        """GET /jobs/ID/results/FOLDER/.

        Raises:
            RefusalError: there is no such folder.
        """
        files, dirs = list[str](), list[str]()
        found = self._folder(who, job, folder)
        if found is not None:
            for leaf in below(self._house.hosting, found[1], flat=True):
                (dirs if leaf.entry.folder else files).append(leaf.name)
        log = self._log_folder(job)
        if not folder:
            names = self._named(job)
            files = [names.get(name, name) for name in files]
            files += [each for each in self._streams(who, job) if each not in files]
            dirs += [log] if log and log not in dirs else []
        elif folder == log:
            files += [] if "errors" in files else ["errors"]
        elif found is None:
            raise RefusalError(404, f"There is no folder {folder} in the results")
        return Listing(sorted(files), sorted(dirs))

    def one(self, who: Grant, job: Found, name: str) -> Stored | Told:
        """A file of the results.

        Raises:
            RefusalError: there is none.
        """
        ours = {theirs: ours for ours, theirs in self._named(job).items()}.get(name, name)
        found = self._look(who, job, ours)
        if found is not None and not found.entry.folder:
            return found
        if ours in STREAMS and (name in self._streams(who, job)):
            return Told(lambda: self._stream(who, job, ours))
        log = self._log_folder(job)
        if log and name == f"{log}/errors":
            return Told(lambda: iter([self._errors(who, job)]))
        raise RefusalError(404, f"There is no file {name} in the results")

    def stream(self, who: Grant, job: Found, name: str) -> Told | None:
        """One of the two streams by the name that its description gave it, also while it runs."""
        ours = {theirs: ours for ours, theirs in self._named(job).items()}.get(name, name)
        return Told(lambda: self._stream(who, job, ours)) if ours in STREAMS else None

    def zipped(self, who: Grant, job: Found) -> Iterator[bytes] | None:
        """GET /results: all of it as a zip, not compressed; None when there is nothing."""
        leaves = list(self._leaves(who, job))
        return _zipped(leaves, self._house.clock.now()) if leaves else None

    def _leaves(
        self, who: Grant, job: Found
    ) -> Iterator[tuple[str, Callable[[], Iterator[bytes]]]]:
        names, known = self._named(job), set[str]()
        found = self._folder(who, job, "")
        if found is not None:
            space, top = found
            for leaf in below(self._house.hosting, top):
                if not leaf.entry.folder:
                    name = names.get(leaf.name, leaf.name)
                    known.add(name)
                    yield name, self._reader(space, f"{job.kept.folder}/out/{leaf.name}", leaf)
        ours = {theirs: ours for ours, theirs in names.items()}
        for name in self._streams(who, job):
            if name not in known:
                stream = ours.get(name, name)
                yield name, partial(self._stream, who, job, stream)
        log = self._log_folder(job)
        if log and f"{log}/errors" not in known:
            yield f"{log}/errors", lambda: iter([self._errors(who, job)])

    def _reader(self, space: Space, path: str, leaf: Leaf) -> Callable[[], Iterator[bytes]]:
        def pieces() -> Iterator[bytes]:
            with self._house.hosting.spaces.storage(space).open(path, leaf.entry) as file:
                while data := file.read(PIECE):
                    yield bytes(data)

        return pieces

    def _folder(self, who: Grant, job: Found, folder: str) -> tuple[Space, Entry] | None:
        found = self._look(who, job, folder)
        return (found.space, found.entry) if found is not None and found.entry.folder else None

    def _look(self, who: Grant, job: Found, name: str) -> Stored | None:
        if job.state != "done":
            return None  # what is there is of a run that did not end well
        path = "/".join(filter(None, (f"{job.kept.folder}/out", name)))
        try:
            space, entry = self._house.hosting.files.look(who, job.kept.space, path)
        except NotFoundError:
            return None
        return Stored(space, path, entry)

    def _named(self, job: Found) -> dict[str, str]:
        return shown(translate.described(job.kept.jobdesc or ""))

    def _log_folder(self, job: Found) -> str:
        return translate.described(job.kept.jobdesc or "").log.strip("/")

    def _streams(self, who: Grant, job: Found) -> list[str]:
        """Names of streams that its owner wanted and that can be read where it ran."""
        return [theirs for ours, theirs in self._named(job).items() if self._part(who, job, ours)]

    def _part(self, who: Grant, job: Found, stream: str, offset: int = 0) -> bytes:
        request = job.kept.request_id
        if request is None:
            return b""
        return self._house.jobs.log(who, request, 1, stream=stream, offset=offset, limit=MOST_LOG)

    def _stream(self, who: Grant, job: Found, stream: str) -> Iterator[bytes]:
        offset = 0
        while data := self._part(who, job, stream, offset):
            yield data
            offset += len(data)

    def _errors(self, who: Grant, job: Found) -> bytes:
        """What is known of each run, a line each."""
        request = job.kept.request_id
        runs = self._house.jobs.runs(who, request) if request is not None else []
        lines = [
            f"{each.ended:%Y-%m-%dT%H:%M:%SZ} run {each.attempt} at {each.cluster or 'no cluster'}"
            f" on {each.node or 'no node'}: {each.outcome}"
            + (f", exit code {each.exit_code}" if each.exit_code is not None else "")
            + (f": {each.words}" if each.words else "")
            for each in runs
        ]
        if job.view is not None and job.view.words:
            lines.append(f"now {job.view.state}: {job.view.words}")
        return "".join(f"{line}\n" for line in lines).encode()


def _zipped(
    leaves: list[tuple[str, Callable[[], Iterator[bytes]]]], now: datetime
) -> Iterator[bytes]:
    out = Pipe()
    moment = now.timetuple()[:6]
    with zipfile.ZipFile(out, "w") as made:
        for name, pieces in leaves:
            info = zipfile.ZipInfo(name, moment)
            with made.open(info, "w", force_zip64=True) as into:
                for data in pieces():
                    into.write(data)
                    if out.waiting >= PIECE:
                        yield out.take()
    yield out.take()
