"""Recall tasks under way: paths become lists for tapes, reads become real bytes."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from waystation_sim.library import DriveState, Event, FileRead, ListDone, ReadError
from waystation_sim.site.hardware import Hardware
from waystation_sim.site.index import Archived, Index, Tape
from waystation_sim.site.inventory import attribute_of
from waystation_sim.site.layout import Site
from waystation_sim.site.stubs import FileState, bring_back, state_of
from waystation_sim.site.tasks import (
    ABORTED,
    DUPLICATE,
    INACCESSIBLE,
    UNREADABLE,
    Outcome,
    Task,
    Tasks,
)

USABLE = {"appendable", "full", "unassigned", "append_fenced", "data_full", "recall_only"}
"""Cartridge states from which files can be read."""

COPIERS = 2
"""Threads that copy real bytes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a recall command asks for."""

    paths: Sequence[str]
    library: str | None = None
    pool: str | None = None
    resident: bool = False


@dataclass(slots=True, eq=False)
class Running:
    """A task under way."""

    task: Task
    resident: bool
    places: dict[int, tuple[int, Archived]] = field(default_factory=dict)
    lists: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    copying: int = 0
    failed: int = 0
    begun: bool = False
    cancelled: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Recalls:
    """All recall tasks of a daemon."""

    def __init__(self, site: Site, index: Index, tasks: Tasks, hardware: Hardware) -> None:
        self._site = site
        self._index = index
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._copiers = ThreadPoolExecutor(COPIERS, "copier")
        self._by_list: dict[tuple[str, int], Running] = {}
        self._by_path: dict[str, Running] = {}
        self._news: dict[Running, list[Outcome]] = defaultdict(list)
        self.running: dict[int, Running] = {}
        self._hardware = hardware
        hardware.listen(self._on_event)

    def start(self, task: Task, wish: Wish) -> Running:
        """Begin a task: each file is done, refused, or on a list for its tape."""
        running = Running(task, wish.resident)
        self.running[task.seq] = running
        lists = self._sort(running, wish)
        for (library, barcode), files in lists.items():
            number = self._hardware.read(library, barcode, files)
            running.lists[library, number] = {file.id for file in files}
            self._by_list[library, number] = running
        self._end_if_done(running)
        return running

    def cancel(self, task: Task) -> bool:
        """Drop what was not begun; the task ends when the rest has. False if it is not running."""
        running = self.running.get(task.seq)
        if running is None:
            return False
        running.cancelled = True
        for (library, number), files in list(running.lists.items()):
            for file in self._hardware.withdraw(library, number, set(files)):
                self._ended(running, int(file), ABORTED)
        self._end_if_done(running)
        return True

    def _on_event(self, library: str, event: Event) -> None:
        """Take one event of a library."""
        if not isinstance(event, FileRead | ReadError | ListDone):
            return
        running = self._by_list.get((library, event.job))
        if running is None:
            return
        if not running.begun:
            running.begun = True
            self._tasks.set_running(running.task.seq)
        match event:
            case FileRead():
                self._copy(running, int(event.id))
            case ReadError():
                self._ended(running, int(event.id), event.code)
            case ListDone():
                del self._by_list[library, event.job]
                del running.lists[library, event.job]
                self._end_if_done(running)

    def drives_of(self, task: Task) -> list[tuple[str, DriveState]]:
        """The drives that work on a task now, with their library."""
        running = self.running.get(task.seq)
        if running is None:
            return []
        return [
            (library, drive)
            for library, drives in self._hardware.drives().items()
            for drive in drives
            if drive.job is not None and (library, drive.job) in running.lists
        ]

    def flush(self) -> None:
        """Write down the outcomes that have come together since the last time."""
        news, self._news = self._news, defaultdict(list)
        for running, outcomes in news.items():
            self._tasks.add_outcomes(running.task.seq, outcomes)

    def close(self) -> None:
        """Finish the copies under way; begin no more."""
        self._copiers.shutdown(wait=True, cancel_futures=True)
        self.flush()

    def _sort(self, running: Running, wish: Wish) -> dict[tuple[str, str], list[Archived]]:
        """Deal files to lists by tape; settle those that need no tape."""
        archived = self._index.files(wish.paths)
        tapes = self._index.tapes()
        states = {tape.barcode: tape.state for tape in tapes.values()}
        lists: dict[tuple[str, str], list[Archived]] = defaultdict(list)
        for n, path in enumerate(dict.fromkeys(wish.paths)):
            file = archived.get(path)
            code: str | None = None
            if path in self._by_path:
                code = DUPLICATE
            elif (state := _state(path, file, states)) is None:
                code = INACCESSIBLE
            elif state is FileState.MIGRATED and file is not None:
                tape = _pick(file, tapes, wish)
                if tape is not None:
                    lists[tape.library, tape.barcode].append(file)
                    running.places[file.id] = (n, file)
                    self._by_path[path] = running
                    continue
                code = INACCESSIBLE
            elif state in {FileState.OFFLINE, FileState.MISSING}:
                code = INACCESSIBLE
            elif wish.resident and state is FileState.PREMIGRATED:
                self._index.forget(path)
            self._note(running, Outcome(n, path, code))
        return lists

    def _copy(self, running: Running, number: int) -> None:
        _, file = running.places[number]
        attribute = None if running.resident else attribute_of(file.copies, self._index.tapes())
        source = self._site.object_of(self._source_of(file), number)
        running.copying += 1
        work = self._loop.run_in_executor(
            self._copiers,
            partial(bring_back, source, file.path, file, attribute, self._site.incoming),
        )
        work.add_done_callback(partial(self._copied, running, number))

    def _source_of(self, file: Archived) -> str:
        """The cartridge whose bytes are there: copies are alike."""
        for barcode, _ in file.copies:
            if self._site.object_of(barcode, file.id).exists():
                return barcode
        return file.copies[0][0]

    def _copied(self, running: Running, number: int, work: "asyncio.Future[None]") -> None:
        running.copying -= 1
        if work.cancelled():
            return
        failed = work.exception() is not None
        if running.resident and not failed:
            self._index.forget(running.places[number][1].path)
        self._ended(running, number, UNREADABLE if failed else None)
        self._end_if_done(running)

    def _ended(self, running: Running, number: int, code: str | None) -> None:
        n, file = running.places[number]
        self._by_path.pop(file.path, None)
        self._note(running, Outcome(n, file.path, code))

    def _note(self, running: Running, outcome: Outcome) -> None:
        if outcome.code is not None:
            running.failed += 1
        if not self._news:
            self._loop.call_soon(self.flush)
        self._news[running].append(outcome)

    def _end_if_done(self, running: Running) -> None:
        if running.lists or running.copying or running.ended.is_set():
            return
        self.flush()
        result = "aborted" if running.cancelled else "failed" if running.failed else "succeeded"
        self._tasks.complete(running.task.seq, result)
        del self.running[running.task.seq]
        running.ended.set()


def _state(path: str, file: Archived | None, states: dict[str, str]) -> FileState | None:
    try:
        return state_of(path, file, states)
    except OSError:
        return None


def _pick(file: Archived, tapes: dict[str, Tape], wish: Wish) -> Tape | None:
    """The cartridge to read a file from, within what the command allows."""
    for barcode, _ in file.copies:
        tape = tapes[barcode]
        if (
            tape.state in USABLE
            and wish.library in {None, tape.library}
            and wish.pool in {None, tape.pool}
        ):
            return tape
    return None
