"""Our own spaces and archives as jobs see them: hosting and staging, behind the port of jobs."""

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from waystation.backends.storage.posix import beneath
from waystation.bootstrap.fetching import Fetcher
from waystation.bootstrap.folders import Folders
from waystation.bootstrap.input_tapes import Spot, Tapes
from waystation.bootstrap.leavings import copied, digest, leavings, taken
from waystation.domains.accounts.door import Accounts, Grant
from waystation.domains.catalogue.door import Catalogue, Entry, StoreInfo
from waystation.domains.hosting import door as hosting
from waystation.domains.jobs.entities import Haul, Home, Input, Staged
from waystation.domains.staging.door import Staging
from waystation.kernel.errors import (
    ForbiddenError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)

MOST_FOLDERS = 1_000
"""Of one request: each is looked into whenever it is seen whether inputs are there."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Stores:
    """A `Depot`.

    Args:
        accounts, catalogue, staging, spaces: of the house.
        fetcher: of files that other servers have.
    """

    def __init__(
        self,
        accounts: Accounts,
        catalogue: Catalogue,
        staging: Staging,
        spaces: hosting.Hosting,
        fetcher: Fetcher,
    ) -> None:
        self._accounts = accounts
        self._catalogue = catalogue
        self._tapes = Tapes(staging)
        self._hosting = spaces
        self._fetcher = fetcher
        self._folders = Folders(catalogue, spaces)

    def check(self, account_id: int, inputs: Sequence[Input], space: str) -> None:
        """As the port promises."""
        who = self._who(account_id)
        for name in {each.space for each in inputs if each.space}:
            self._hosting.spaces.need(who, name, hosting.Role.READER)
        for name in {each.store for each in inputs if each.store}:
            self._catalogue.store(who, name)
        for each in inputs:
            if each.far and "{" not in each.path:
                self._fetcher.check(each.path)
        if space:
            self._hosting.spaces.need(who, space, hosting.Role.WRITER)

    def stage(self, account_id: int, key: str, inputs: Sequence[Input]) -> Staged:
        """As the port promises: one stage request a store."""
        who = self._who(account_id)
        whole, origins, failed = self._spread(who, inputs)
        tapes: dict[StoreInfo, dict[str, Spot]] = {}
        lost: dict[Spot, str] = {}
        for name in sorted({each.space for each in whole if each.space}):
            paths = [each.path for each in whole if each.space == name]
            lost |= self._in_space(who, name, paths, tapes)
        for each in whole:
            if each.store:
                where = self._catalogue.store(who, each.store)
                if where.backend:
                    tapes.setdefault(where, {})[each.path] = each.place
        # What came into a folder after its tapes were asked for is on disk.
        later = {spot for spot, of in origins.items() if all(path.endswith("/") for _, path in of)}
        waiting, requests = set[Spot](), list[int]()
        for where, places in tapes.items():
            by = self._tapes.stand(who, key, where, places, later)
            waiting |= by.waiting
            lost |= by.failed
            requests += by.requests
        failed |= {each: words for spot, words in lost.items() for each in origins[spot]}
        return Staged(
            frozenset(each for spot in waiting for each in origins[spot]), failed, tuple(requests)
        )

    def _spread(
        self, who: Grant, inputs: Sequence[Input]
    ) -> tuple[list[Input], dict[Spot, list[Spot]], dict[Spot, str]]:
        """All files, each once; the inputs that each is of; and why some are none."""
        files, origins, failed = list[Input](), dict[Spot, list[Spot]](), dict[Spot, str]()
        folders = [each for each in inputs if each.folder]
        for each in folders[MOST_FOLDERS:]:
            failed[each.place] = f"At most {MOST_FOLDERS:,} folders go into the jobs of a request."
        for each in inputs:
            if each.place in failed:
                continue
            try:
                found = self._folders.files(who, each)
            except (MalformedError, NotFoundError) as problem:
                failed[each.place] = problem.sentence
                continue
            for file in found:
                if file.place not in origins:
                    files.append(file)
                origins.setdefault(file.place, []).append(each.place)
        return files, origins, failed

    def release(self, account_id: int, key: str) -> None:
        """As the port promises."""
        who = self._accounts.by_id(account_id)
        if who is None:
            return  # What an account that is closed holds goes when its pins end.
        for where in self._catalogue.every_store():
            if where.backend:
                self._tapes.release(who, key, where)

    def put(self, account_id: int, inputs: Sequence[Input], folder: Path) -> None:
        """As the port promises."""
        who = self._who(account_id)
        for each in self._folders.spread(who, inputs):
            if each.far:
                self._fetcher.fetch(each.path, folder, each.at)
                continue
            try:
                with self._opened(who, each) as reader:
                    copied(reader, folder, each.at)
            except FileNotFoundError as problem:
                raise MalformedError(f"There is no {each.path} in {each.place[0]}.") from problem
            except hosting.OnTapeError as problem:
                raise UnavailableError(f"{each.path} went back to tape.") from problem

    def take(self, account_id: int, haul: Haul) -> list[Home]:
        """As the port promises: copies, so that nothing left behind can change what was stored."""
        who, landing = self._who(account_id), "job-" + "-".join(haul.folder.parts[-2:])
        names, homes = leavings(haul.folder, haul.patterns, self._given(who, haul)), list[Home]()
        for at in range(0, len(names), hosting.MOST):
            try:
                homes += self._land(who, haul, landing, names[at : at + hosting.MOST])
            except (hosting.StorageFullError, OSError) as problem:
                # What was copied so far would be in the way of others until it is tried again.
                self._hosting.landing.clear(who, haul.space, landing)
                raise UnavailableError(_why(haul, problem)) from problem
        self._hosting.landing.clear(who, haul.space, landing)
        return homes

    def _given(self, who: Grant, haul: Haul) -> set[str]:
        """Names of files that a job was given; those of folders that are gone are not known."""
        known = {each.at for each in haul.given}
        for each in haul.given:
            with suppress(MalformedError, NotFoundError, ForbiddenError):
                known |= {file.at for file in self._folders.files(who, each)}
        return known

    def _land(self, who: Grant, haul: Haul, landing: str, names: list[str]) -> list[Home]:
        there = self._hosting.landing.folder(who, haul.space, landing)
        if there is None:
            raise MalformedError(
                f"The space {haul.space} takes no files from jobs.",
                advice="Name a space on a disk of this site.",
            )
        awaited = []
        for name in names:
            size, sha256, mtime = digest(haul.folder, name)
            path = "/".join(filter(None, (haul.prefix, name)))
            awaited.append(hosting.Awaited(path, size, sha256, None, mtime))
        found = self._hosting.batches.find(who, haul.space, [each.path for each in awaited])
        for name, each, entry in zip(names, awaited, found, strict=True):
            if not each.same(entry):
                taken(haul.folder, name, Path(there), each.path)
        landed = self._hosting.landing.land(who, haul.space, landing, awaited)
        return [
            Home(
                name,
                each.path,
                arrival.entry.id if arrival.entry is not None else None,
                each.size,
                each.sha256.hex() if each.sha256 is not None else "",
                arrival.words,
            )
            for name, each, arrival in zip(names, awaited, landed, strict=True)
        ]

    def _in_space(
        self,
        who: Grant,
        name: str,
        paths: Sequence[str],
        tapes: dict[StoreInfo, dict[str, Spot]],
    ) -> dict[Spot, str]:
        """Files of a space that cannot be had; those that may be on tape are put to the others."""
        space = self._hosting.spaces.need(who, name, hosting.Role.READER)
        there = self._hosting.batches.find(who, name, paths)
        where = self._catalogue.by_id(space.store_id)
        failed = {}
        for path, entry in zip(paths, there, strict=True):
            if entry is None or entry.folder:
                failed[name, path] = f"There is no file {path} in {name}."
            elif where.backend:
                tapes.setdefault(where, {})[f"{space.base}/{path.strip('/')}"] = (name, path)
        return failed

    def _opened(self, who: Grant, each: Input) -> "hosting.Reader | _Archived":
        if each.space:
            space, entry = self._hosting.files.look(who, each.space, each.path)
            _must_be_file(each, entry)
            return self._hosting.spaces.storage(space).open(each.path.strip("/"), entry)
        where = self._catalogue.store(who, each.store)
        if not each.path.startswith(f"{where.root.rstrip('/')}/"):
            raise MalformedError(f"{each.path} is not below {where.root}.")
        return _Archived(where.root, each.path[len(where.root.rstrip("/")) + 1 :])

    def _who(self, account_id: int) -> Grant:
        found = self._accounts.by_id(account_id)
        if found is None:
            raise ForbiddenError("The account is closed.", advice="An administrator can open it.")
        return found


class _Archived:
    """A file of a store's file system, open; no link on the way is followed."""

    def __init__(self, root: str, path: str) -> None:
        with beneath.at(root, path) as at:
            self.handle = os.open(at.name, _READ, dir_fd=at.folder)

    def read(self, size: int, /) -> bytes:
        return os.read(self.handle, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def _why(haul: Haul, problem: Exception) -> str:
    full = isinstance(problem, hosting.StorageFullError) or (
        isinstance(problem, OSError) and problem.errno in _FULL
    )
    if full:
        return f"There is no room for its files in {haul.space} now."
    said = problem.strerror if isinstance(problem, OSError) else ""
    return f"Its files cannot be copied to {haul.space} now: {said or problem}."


def _must_be_file(each: Input, entry: Entry) -> None:
    if entry.folder:
        raise MalformedError(f"{each.path} is a folder.", advice="Name the files in it.")
