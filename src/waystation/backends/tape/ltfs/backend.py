"""The back end: the port's promises kept with nothing but mounted cartridges and a disk."""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from waystation.backends.tape.ltfs import checks
from waystation.backends.tape.ltfs.children import Crew
from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.index import Index
from waystation.backends.tape.ltfs.journal import Journal
from waystation.backends.tape.ltfs.lists import KEY, ListFolder, checked_key
from waystation.backends.tape.ltfs.mover import drive_lock
from waystation.backends.tape.ltfs.places import report, tell_outcome, tell_runs
from waystation.backends.tape.ltfs.releasing import Releaser
from waystation.backends.tape.ltfs.scan import DONE
from waystation.backends.tape.ltfs.trees import Bounds, Spot, Trees, objection
from waystation.domains.staging.entities import (
    Capabilities,
    DriveReport,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    ListState,
    RecallList,
)
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.domains.staging.ports import ReadRun
from waystation.kernel.clock import Clock

MOST_FOLLOWED = 256
"""Journals that are kept in memory; a forgotten one is only read anew."""


class Ltfs:
    """A `TapeBackend` for mounted LTFS cartridges. Safe to use from several threads.

    It is the space manager itself: its movers read files into the stores' trees in the order
    wanted, and `release` removes them again. Its handles are our own keys.
    """

    def __init__(self, config: LtfsConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._trees = Trees(config.trees)
        self._lists = ListFolder(config.list_dir)
        self._index = Index(config.list_dir)
        self._crew = Crew(config)
        self._journals: dict[str, Journal] = {}
        self._reading = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Everything is seen and kept: we read the tapes."""
        return Capabilities(
            sees_tape=True,
            sees_position=True,
            keeps_order=True,
            cancels=True,
            releases=self._config.releases,
            list_limit=self._config.list_limit,
            slots=self._config.drives,
        )

    def check_config(self) -> list[Finding]:
        """As the port promises."""
        return list(checks.findings(self._config, self._crew))

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """As the port promises: the disk, then the index of cartridges; no tape moves."""
        if not paths:
            return []
        self._crew.probe()
        self._crew.fresh_index(self._clock.now())
        spots = self._spots(paths)
        asked = list(spots.values())
        copies = self._index.copies([spot.on_tape for spot in asked])
        known = dict(zip(spots, copies, strict=True))
        bounds = Bounds()
        return [report(path, spots.get(path), known.get(path, []), bounds) for path in paths]

    def recall(self, wanted: RecallList) -> str:
        """As the port promises: the list is written down, then a mover is woken.

        A mover that finds no index would take every file for one of no cartridge.
        """
        key = checked_key(wanted.key)
        self._refuse_unfit(wanted)
        self._crew.probe()
        if not self._index.fact(DONE):
            self._crew.fresh_index(self._clock.now())
        self._lists.prune(self._clock.now().timestamp() - self._config.keep_lists_s)
        with self._lists.locked(f"{key}.start"):
            if not self._lists.knows(key):
                self._lists.write(key, wanted.paths, wanted.tape)
        self._crew.wake()
        return key

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """As the port promises; lists whose mover was killed are gone on with."""
        if not handles:
            return []
        self._crew.probe()
        with self._reading:
            reports = [self._report(handle) for handle in handles]
        if any(r.state in {ListState.WAITING, ListState.RUNNING} for r in reports):
            self._crew.wake()
        return reports

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """As the port promises; the file that is being read comes all the same."""
        if self._lists.knows(handle) and not self._lists.ended(handle):
            wanted = set(self._lists.read(handle).paths)
            self._lists.drop(handle, wanted.intersection(paths))

    def release(self, paths: Sequence[str]) -> None:
        """As the port promises: the disk copy is removed when a cartridge has just that file."""
        if not self._config.releases or not paths:
            return
        self._crew.probe()
        spots = list(self._spots(paths).values())
        copies = self._index.copies([spot.on_tape for spot in spots])
        releaser = Releaser(self._config)
        for spot, some in zip(spots, copies, strict=True):
            releaser.release(spot, some)

    def library(self) -> LibraryReport:
        """As the port promises: our movers; what LTFS keeps mounted it does not say."""
        self._crew.probe()
        drives = []
        for number in range(self._config.drives):
            tape = self._lists.holder(drive_lock(number))
            state = "reading" if tape else "idle"
            drives.append(DriveReport(f"mover {number}", state, tape=tape or None))
        return LibraryReport(tuple(drives))

    def timings(self, handles: Sequence[str]) -> list[tuple[ReadRun, ...]]:
        """As `Timings` promises: from the journals of the lists."""
        with self._reading:
            return [tell_runs(self._journal(handle)) for handle in handles]

    def _report(self, handle: str) -> ListReport:
        if not self._lists.knows(handle):
            self._journals.pop(handle, None)
            return ListReport(handle, ListState.UNKNOWN)
        ended = self._lists.ended(handle)  # before the journal: what comes after an end is nothing
        journal = self._journal(handle)
        paths = self._lists.read(handle).paths if journal.entries else ()
        files = tuple(tell_outcome(paths[n], entry) for n, entry in journal.entries.items())
        if ended:
            return ListReport(handle, ListState.ENDED, files)
        working = self._lists.holder(handle) is not None or bool(journal.begun)
        return ListReport(handle, ListState.RUNNING if working else ListState.WAITING, files)

    def _journal(self, handle: str) -> Journal:
        """The journal of a list, read up to its present end; the caller holds `_reading`."""
        if not KEY.fullmatch(handle):
            return Journal(Path(os.devnull))
        place = self._lists.place(handle, "journal")
        journal = self._journals.setdefault(handle, Journal(place))
        while len(self._journals) > MOST_FOLLOWED:
            self._journals.pop(next(iter(self._journals)), None)
        try:
            journal.catch_up()
        except OSError as error:
            raise BackendUnavailableError(
                f"The journal {place} cannot be read: {error}."
            ) from error
        return journal

    def _spots(self, paths: Sequence[str]) -> Mapping[str, Spot]:
        """The paths that can be files of ours, once each."""
        found = {}
        for path in paths:
            spot = None if objection(path) else self._trees.spot(path)
            if spot is not None and len(os.fsencode(spot.name)) <= _LONGEST_NAME:
                found[path] = spot
        return found

    def _refuse_unfit(self, wanted: RecallList) -> None:
        if not wanted.paths:
            raise BackendRefusedError("The recall list is empty.")
        if len(wanted.paths) > self._config.list_limit:
            raise BackendRefusedError(
                f"The recall list has {len(wanted.paths)} files;"
                f" {self._config.list_limit} is the most.",
                advice="Send it in parts, or raise the back end's `list_limit`.",
            )
        for path in wanted.paths:
            words = objection(path)
            if not words and self._trees.spot(path) is None:
                words = "it is in no store of this back end"
            if words:
                raise BackendRefusedError(f"{path!r} cannot be recalled: {words}.", path=path)


_LONGEST_NAME = 255
