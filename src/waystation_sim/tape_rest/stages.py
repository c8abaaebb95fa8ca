"""Staging: files of requests go on lists for tapes, each that ends is noted in every request."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from waystation_sim.scoutam.stages import FileRecalls
from waystation_sim.site.hardware import Hardware
from waystation_sim.site.index import Index
from waystation_sim.site.inventory import attribute_of
from waystation_sim.site.layout import Site
from waystation_sim.site.recalls import Wish
from waystation_sim.site.stubs import FileState, make_stub, state_of
from waystation_sim.site.tasks import ABORTED, DUPLICATE, INACCESSIBLE, Outcome, Tasks
from waystation_sim.tape_rest.flavours import Flavour
from waystation_sim.tape_rest.requests import Item, Requests
from waystation_sim.tape_rest.slips import LONG, Slips

GONE = "No such file or directory"
AWAY = "no copy can be read now"
UNREADABLE = "CacheException(rc=10011;msg=HSM script failed: read error on media)"
SKIPPED = "skipped: the file is on disk"
DISK_ONLY = "Cannot stage DISK only files"
"""dCache's word for files that are not CUSTODIAL."""


class Stages:
    """Everything that was asked to be staged at a running site."""

    def __init__(
        self,
        site: Site,
        index: Index,
        tasks: Tasks,
        hardware: Hardware,
        *,
        flavour: Flavour,
        slips: Slips,
    ) -> None:
        self.requests = Requests(index)
        self._site = site
        self._index = index
        self._tasks = tasks
        self._flavour = flavour
        self._slips = slips
        self._recalls = FileRecalls(site, index, tasks, hardware, self._told)

    def change(self, flavour: Flavour) -> None:
        """Behave otherwise from now on."""
        self._flavour = flavour

    def resume(self) -> None:
        """Go on with what was accepted before the daemon was killed."""
        self._start(self.requests.awaited_places())

    def stage(self, owner: str, files: Sequence[tuple[str, str]], lifetime_s: float) -> str:
        """Take (path, place) of each file in; the request's name.

        It is durable when this returns. A file that is on its way already is not read twice.
        """
        number, now = str(uuid4()), time.time()
        if self._slips.loses_long:
            files = [pair for pair in files if len(pair[0]) <= LONG]
        items = [self._item(path, place, now) for path, place in files]
        places = dict.fromkeys(item.place for item in items if item.open)
        fresh = [place for place in places if not self.requests.awaited(place)]
        self.requests.add(number, owner, now, items)
        self.requests.pin(number, places, now + lifetime_s)
        self.requests.note_started(number, self._start(fresh))
        return number

    def cancel(self, number: str, paths: Sequence[str]) -> None:
        """Drop files of a request; what nobody else waits for and no drive has begun stays."""
        places = [item.place for item in self.requests.items(number) if item.path in set(paths)]
        self.requests.cancel(number, paths, time.time())
        for place in places:
            self.requests.unpin(number, place)
        self._drop(places)

    def cancel_all(self) -> None:
        """Cancel every request, as an administrator may."""
        for number in self.requests.names():
            self.cancel(number, [item.path for item in self.requests.items(number)])

    def delete(self, number: str) -> None:
        """Cancel all of a request and forget it."""
        self.cancel(number, [item.path for item in self.requests.items(number)])
        self.requests.delete(number)

    def release(self, number: str | None, places: Sequence[str]) -> None:
        """Give back pins; a file that nobody holds leaves the disk, unless it is the only copy."""
        if not self._slips.deaf:
            for place in places:
                if self.requests.unpin(number, place) and not self.requests.awaited(place):
                    self.evict(place)

    def evict(self, place: str) -> None:
        """Leave a stub of a file that is on tape as well, whoever holds it."""
        archived = self._index.files([place]).get(place)
        if archived is None or self.state(place) is not FileState.PREMIGRATED:
            return
        attribute = attribute_of(archived.copies, self._index.tapes())
        make_stub(place, archived, attribute, self._site.incoming)

    def state(self, place: str) -> FileState | None:
        """Where a file's bytes are; None if there is no such file."""
        if not place or not os.path.lexists(place) or Path(place).is_dir():
            return None
        states = {tape.barcode: tape.state for tape in self._index.tapes().values()}
        return state_of(place, self._index.files([place]).get(place), states)

    def close(self) -> None:
        """Finish the copies under way; begin no more."""
        self._recalls.close()

    def _item(self, path: str, place: str, now: float) -> Item:
        """A file of a new request; some have ended before they began."""
        if not place:
            return Item(path, place, "FAILED", now, now, GONE)
        if self._slips.skips and self.state(place) is FileState.PREMIGRATED:
            return Item(path, place, "FAILED", now, now, SKIPPED)
        return Item(path, place, "SUBMITTED")

    def _start(self, places: Sequence[str]) -> int:
        """Put files on lists for tapes; how many needed one."""
        if self._flavour.refuses_disk_only:
            for place in places:
                if self.state(place) is FileState.RESIDENT:
                    self.requests.end(place, "FAILED", time.time(), DISK_ONLY)
            places = [place for place in places if self.requests.awaited(place)]
        if not places:
            return 0
        task = self._tasks.create("stage", f"stage {len(places)} files")
        started = len(self._recalls.start(task, Wish(places)).places)
        now = time.time()
        for place in places:
            self.requests.start(place, now)
        return started

    def _drop(self, places: Sequence[str]) -> None:
        self._recalls.drop([place for place in places if not self.requests.awaited(place)])

    def _told(self, outcome: Outcome) -> None:
        if outcome.code in {ABORTED, DUPLICATE}:
            return
        now = time.time()
        if outcome.code is None:
            self.requests.end(outcome.path, "COMPLETED", now)
        elif not self._slips.stuck:
            there = self.state(outcome.path) is not None
            words = UNREADABLE if there else GONE
            if there and outcome.code == INACCESSIBLE:
                words = AWAY
            self.requests.end(outcome.path, "FAILED", now, words)
