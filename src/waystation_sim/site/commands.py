"""The commands of `eeadm`, in the words and shapes that its callers read."""

import os
from collections.abc import Iterator

from waystation_sim.site.archive import write_to_tape
from waystation_sim.site.console import Call, Console, UsageError, options
from waystation_sim.site.hardware_lists import COLUMNS, HardwareLists
from waystation_sim.site.index import Archived, Index, Tape
from waystation_sim.site.inventory import attribute_of
from waystation_sim.site.layout import Site
from waystation_sim.site.recalls import Recalls, Wish
from waystation_sim.site.stubs import FileState, make_stub, state_of
from waystation_sim.site.tables import Row, render
from waystation_sim.site.tasks import INACCESSIBLE, Outcome, Task, Tasks

TAPE_COLUMNS = 3
"""Copies that a line of `file state -s` has room for."""

TASK_COLUMNS = ("task_id", "type", "status", "result", "created_time", "cmd_param")


class Commands:
    """Carries out one call of `eeadm`; returns its exit code."""

    def __init__(
        self, site: Site, index: Index, tasks: Tasks, recalls: Recalls, lists: HardwareLists
    ) -> None:
        self._site = site
        self._index = index
        self._tasks = tasks
        self._recalls = recalls
        self._lists = lists

    async def run(self, call: Call, console: Console) -> int:
        """Do what the command line says.

        Raises:
            UsageError: it says nothing that we know.
        """
        match call.words:
            case ("file", "state", *words):
                return await self._file_state(words, console)
            case ("recall", *words):
                return await self._recall(call, words, console)
            case ("migrate", *words):
                return await self._migrate(call, words, console)
            case ("task", action, *words):
                return await self._task(action, words, console)
            case (subject, "list", *words) if subject in COLUMNS:
                _, given = options(words, flags=("--json", "--no-header"))
                text = render(self._lists.rows(subject), COLUMNS[subject], given)
                await console.out(text)
                return 0
        msg = f"GLESL001E: unknown command: eeadm {' '.join(call.words[:2])}"
        raise UsageError(msg)

    async def _file_state(self, words: list[str], console: Console) -> int:
        paths, given = options(words, flags=("-s",))
        if not paths:
            msg = "GLESL001E: eeadm file state needs a file name."
            raise UsageError(msg)
        archived = self._index.files(paths)
        tapes = self._index.tapes()
        states = {tape.barcode: tape.state for tape in tapes.values()}
        worst, lines = 0, []
        for path in paths:
            file = archived.get(path)
            try:
                state = state_of(path, file, states)
            except OSError as error:
                await console.err(f"GLESL083E: {path}: {error.strerror}.")
                worst = 1
                continue
            describe = _short if "-s" in given else _long
            lines.append(describe(path, state, file, tapes))
        if lines:
            await console.out("\n".join(lines))
        return worst

    async def _recall(self, call: Call, words: list[str], console: Console) -> int:
        _, given = options(words, flags=("--resident",), values=("-l", "-p"))
        paths = call.paths()
        await console.out(f"GLESL268I: {len(paths)} file name(s) have been provided to recall.")
        wish = Wish(paths, given.get("-l"), given.get("-p"), "--resident" in given)
        for option, known in (
            ("-l", {tape.library for tape in self._index.tapes().values()}),
            ("-p", {tape.pool for tape in self._index.tapes().values()}),
        ):
            if option in given and given[option] not in known:
                msg = f"GLESL002E: {given[option]} does not exist (option {option})."
                raise UsageError(msg)
        task = self._tasks.create("recall", _cmd_param("recall", call, words))
        await console.out(f"Task recall was created successfully, task ID is {task.task_id}.")
        running = self._recalls.start(task, wish)
        await running.ended.wait()
        bad = running.failed
        await console.out(
            f"GLESL277I: {len(paths) - bad} file(s) recalled, {bad} failed. Total: {len(paths)}."
        )
        return 1 if bad or running.cancelled else 0

    async def _migrate(self, call: Call, words: list[str], console: Console) -> int:
        """Stub files that are on tape; write others there first. Takes no virtual time."""
        options(words, values=("-p",))
        task = self._tasks.create("migrate", _cmd_param("migrate", call, words))
        await console.out(f"Task migrate was created successfully, task ID is {task.task_id}.")
        outcomes = [
            Outcome(n, path, None if self._stub(path) else INACCESSIBLE)
            for n, path in enumerate(dict.fromkeys(call.paths()))
        ]
        self._tasks.add_outcomes(task.seq, outcomes)
        failed = any(outcome.code for outcome in outcomes)
        self._tasks.complete(task.seq, "failed" if failed else "succeeded")
        return 1 if failed else 0

    def _stub(self, path: str) -> bool:
        file = self._index.files([path]).get(path)
        tapes = self._index.tapes()
        try:
            state = state_of(path, file, {})
            if state is FileState.RESIDENT:
                emptiest = min(tapes.values(), key=lambda tape: tape.used)
                place = self._site.cache / os.path.relpath(path, self._site.cache)
                file = write_to_tape(self._site, self._index, place, emptiest)
            if file is not None and file.size:
                make_stub(path, file, attribute_of(file.copies, tapes), self._site.incoming)
        except OSError:
            return False
        return True

    async def _task(self, action: str, words: list[str], console: Console) -> int:
        flags = ("-c", "-r", "--json", "--no-header")
        names, given = options(words, flags=flags)
        if action == "list":
            tasks = self._tasks.listed(completed="-c" in given)
            rows = [self._row(task) for task in tasks]
            await console.out(render(rows, TASK_COLUMNS, given))
            return 0
        if action == "clearhistory":
            self._tasks.clear_history()
            return 0
        if action not in {"show", "cancel"} or len(names) != 1:
            msg = f"GLESL001E: unknown command: eeadm task {action}"
            raise UsageError(msg)
        task = self._tasks.find(names[0])
        if task is None:
            await console.err(f"GLESM503E: task {names[0]} is not found.")
            return 1
        if action == "cancel":
            return 0 if self._recalls.cancel(task) else 1
        await console.out("\n".join(self._shown(task, results="-r" in given)))
        return 0

    def _shown(self, task: Task, *, results: bool) -> Iterator[str]:
        if not results:
            for name, value in self._row(task).items():
                yield f"{name}: {value}"
            return
        self._recalls.flush()
        yield "Result   Failure Code  Failed time          Node -- File name"
        for result, code, at, path in self._tasks.outcomes(task.seq):
            when, node = (at, "1") if result == "Fail" else ("-", "-")
            yield f"{result:<8} {code:<13} {when:<20} {node:<4} -- {path}"

    def _row(self, task: Task) -> Row:
        busy = self._recalls.drives_of(task)
        return {
            "id": task.full_id,
            "task_id": task.task_id,
            "type": task.type,
            "cmd_param": task.cmd_param,
            "status": "running" if busy else task.status,
            "result": task.result,
            "created_time": task.created,
            "started_time": task.started,
            "completed_time": task.completed,
            "inuse_libs": sorted({library for library, _ in busy}),
            "inuse_node_groups": ["G0"] if busy else [],
            "inuse_drives": [f"{library}/{drive.drive}" for library, drive in busy],
            "inuse_pools": [],
            "inuse_tapes": [drive.tape for _, drive in busy if drive.tape],
        }


def _cmd_param(command: str, call: Call, words: list[str]) -> str:
    # The name as the client resolved it: a relative one would mean nothing in the task list.
    named = [call.list_name if word == words[0] and call.list_name else word for word in words]
    return " ".join(["eeadm", command, *named])


def _short(path: str, state: FileState, file: Archived | None, tapes: dict[str, Tape]) -> str:
    places = [] if file is None or state is FileState.RESIDENT else _places(file, tapes)
    columns = "  ".join([*places, *["-"] * (TAPE_COLUMNS - len(places))])
    return f"{state.value}  {len(places)}  {columns} -- {path}"


def _long(path: str, state: FileState, file: Archived | None, tapes: dict[str, Tape]) -> str:
    places = [] if file is None or state is FileState.RESIDENT else _places(file, tapes)
    lines = [f"Name: {path}", f"State: {state.word}", f"Replicas: {len(places)}"]
    lines += [f"Tape {n}: {place}" for n, place in enumerate(places, 1)]
    return "\n".join(lines) + "\n"


def _places(file: Archived, tapes: dict[str, Tape]) -> list[str]:
    found = [tapes[barcode] for barcode, _ in file.copies][:TAPE_COLUMNS]
    return [f"{tape.barcode}@{tape.pool}@{tape.library}" for tape in found]
