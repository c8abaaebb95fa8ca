"""The contract of `Batch`: every batch system must pass it.

A back end's author subclasses `BatchContract` in a test module and gives it a fixture `world`:

    class TestMine(BatchContract):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from waystation.domains.jobs.entities import (
    ENDED,
    Blame,
    Resources,
    RunState,
    Sight,
    Task,
)
from waystation.domains.jobs.ports import Batch

MIB = 2**20
HOSTILE = (
    "two\nlines",
    'it\'s "quoted"',
    "$(touch pwned) `touch pwned` ${HOME} ; touch pwned & | > pwned",
    "back\\slash \\n %s %j",
    "日本 ü 🚀",
    "--export=ALL",
    " spaces\tand tabs ",
    "",
    ")(executable=/bin/false)",
    "<b>&amp;]]></b>",
)
ECHO = "import json, os, sys; json.dump([sys.argv[1:], dict(os.environ)], open('told.json', 'w'))"


class BatchWorld(Protocol):
    """A batch system and a place for folders.

    Attributes:
        patience_s: longest time that a run of the tests may take to begin or to end.
        many: tasks of one call; 300, or fewer where each takes long.
        slots: cores that it has.
    """

    @property
    def patience_s(self) -> float: ...

    @property
    def many(self) -> int: ...

    @property
    def slots(self) -> int: ...

    def batch(self) -> Batch:
        """A new one, as another process would have."""
        ...

    def folder(self, key: str) -> Path:
        """A new folder that runs can write in."""
        ...


def task(world: BatchWorld, *command: str, **more: str) -> Task:
    """A run with a key and a folder of its own; `more` are variables."""
    key = f"t-{secrets.token_hex(8)}"
    return Task(key, f"test {key}", command, more, world.folder(key))


def shell(world: BatchWorld, text: str) -> Task:
    """The same with a line for a shell."""
    return task(world, "/bin/sh", "-c", text)


def patiently(world: BatchWorld, holds: Callable[[], bool], what: object = "") -> None:
    """Until it holds; asked ever more seldom."""
    pause, end, wait = threading.Event(), time.monotonic() + world.patience_s, 0.03
    while not holds():
        assert time.monotonic() < end, what
        pause.wait(wait)
        wait = min(wait * 1.3, 0.6)


def submitted(world: BatchWorld, batch: Batch, tasks: Sequence[Task]) -> dict[str, str]:
    """Handles by key, of all of them; what has no room now is sent again."""
    handles: dict[str, str] = {}
    waiting = {one.key: one for one in tasks}

    def send() -> bool:
        taken = batch.submit(list(waiting.values()))
        assert not [each.words for each in taken.values() if each.words]
        handles.update({key: each.handle for key, each in taken.items()})
        for key in taken:
            del waiting[key]
        return not waiting

    patiently(world, send, waiting)
    return handles


def ended(world: BatchWorld, batch: Batch, handles: Mapping[str, Path]) -> dict[str, Sight]:
    """How runs stand when all are over."""
    over: dict[str, Sight] = {}

    def look() -> bool:
        left = {each: folder for each, folder in handles.items() if each not in over}
        seen = batch.look(left)
        assert set(seen) == set(left)
        assert not [sight for sight in seen.values() if sight.state is RunState.GONE], seen
        over.update({each: sight for each, sight in seen.items() if sight.state in ENDED})
        return len(over) == len(handles)

    patiently(world, look, handles)
    return over


def ran(world: BatchWorld, batch: Batch, *tasks: Task) -> list[Sight]:
    """Submit and follow to the end; in their order."""
    handles = submitted(world, batch, tasks)
    seen = ended(world, batch, {handles[one.key]: one.folder for one in tasks})
    return [seen[handles[one.key]] for one in tasks]


def lives(pid: int) -> bool:
    """Whether a process runs; those that only wait to be reaped do not."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return words[0] not in {"Z", "X"}


def left(one: Task) -> list[int]:
    """Processes of a run on this machine: its key is in their environment."""
    mark = f"WAYSTATION_RUN={one.key}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in place.read_bytes() and lives(int(place.parent.name)):
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found


class BatchContract:
    """What jobs rely on."""

    @pytest.fixture
    def batch(self, world: BatchWorld) -> Iterator[Batch]:
        with closing(world.batch()) as made:
            yield made

    # -------------------------------------------------------------------------------------- runs

    def test_how_commands_end(self, world: BatchWorld, batch: Batch) -> None:
        good = shell(world, "echo out; echo err >&2; cat in.txt")
        (good.folder / "in.txt").write_text("input")
        three = shell(world, "exit 3")
        killed = shell(world, "kill -9 $$")
        missing = task(world, "no-such-command")
        barred = task(world, "/etc/passwd")
        sights = ran(world, batch, good, three, killed, missing, barred)
        assert [each.exit_code for each in sights] == [0, 3, 137, 127, 126]
        assert [each.state for each in sights] == [RunState.DONE, *[RunState.FAILED] * 4]
        assert [each.blame for each in sights] == [Blame.NONE, *[Blame.USER] * 4]
        assert [bool(each.words) for each in sights] == [False, *[True] * 4]
        first = sights[0]
        assert first.began
        assert first.ended
        assert first.ended >= first.began
        assert first.node
        assert (good.folder / "stdout").read_text() == "out\ninput"
        assert (good.folder / "stderr").read_text() == "err\n"

    def test_words_and_variables_arrive_as_they_are(self, world: BatchWorld, batch: Batch) -> None:
        told = {f"HOSTILE_{n}": text for n, text in enumerate(HOSTILE)}
        told |= {"ü": "name", "WITH SPACE": "name", "BASH_FUNC_x%%": "() { touch pwned; }"}
        one = task(world, "/usr/bin/python3", "-c", ECHO, *HOSTILE, **told)
        # As a container's words would be, which know the folder where it runs.
        one = replace(one, around=("env", "AROUND={folder} $(touch pwned)"))
        (sight,) = ran(world, batch, one)
        assert sight.state is RunState.DONE, sight
        words, variables = json.loads((one.folder / "told.json").read_text())
        assert words == list(HOSTILE)
        assert {name: variables.get(name) for name in told} == told
        assert variables["AROUND"] == f"{one.folder} $(touch pwned)"
        assert not list(one.folder.rglob("pwned"))
        assert not [name for name in variables if name.startswith("WAYSTATION_POSTGRES")]

    def test_names_for_people_do_no_harm(self, world: BatchWorld, batch: Batch) -> None:
        names = [*HOSTILE[:6], "x" * 5000, "\0", "-", "#SBATCH --hold"]
        tasks = [replace(task(world, "true"), name=name) for name in names]
        sights = ran(world, batch, *tasks)
        assert {each.state for each in sights} == {RunState.DONE}

    def test_many_in_one_call(self, world: BatchWorld, batch: Batch) -> None:
        tasks = [shell(world, f"echo {n}; exit $(({n} % 2))") for n in range(world.many)]
        sights = ran(world, batch, *tasks)
        assert [each.exit_code for each in sights] == [n % 2 for n in range(world.many)]
        assert [(one.folder / "stdout").read_text() for one in tasks] == [
            f"{n}\n" for n in range(world.many)
        ]

    def test_one_that_is_refused_spoils_no_other(self, world: BatchWorld, batch: Batch) -> None:
        good, large = task(world, "true"), task(world, "true")
        large = replace(large, resources=Resources(cpus=world.slots + 1000))
        bad = [
            large,
            replace(task(world, "true"), queue="no such; queue"),
            task(world, "a\0b"),
            task(world),
            task(world, "true", X="a\0b"),
        ]
        taken = batch.submit([bad[0], good, *bad[1:]])
        assert taken[good.key].handle
        for one in bad:
            assert taken[one.key].words, one
            assert not taken[one.key].handle
            assert batch.objection(one)
        assert batch.objection(good) is None
        assert set(batch.find([good, *bad])) == {good.key}
        handles = {taken[good.key].handle: good.folder}
        assert ended(world, batch, handles)[taken[good.key].handle].state is RunState.DONE

    def test_a_run_that_takes_too_long(self, world: BatchWorld, batch: Batch) -> None:
        one = replace(shell(world, "sleep 600"), resources=Resources(time_s=1))
        (sight,) = ran(world, batch, one)
        assert (sight.state, sight.blame) == (RunState.FAILED, Blame.USER), sight
        assert "longer" in sight.words

    # ------------------------------------------------------------------------------------ cancel

    def test_cancelled_with_all_its_processes(self, world: BatchWorld, batch: Batch) -> None:
        """Also those that ran away into sessions of their own, and those that will not hear."""
        one = shell(
            world,
            "(setsid sh -c 'trap \"\" TERM; echo $$ >a; sleep 601 & wait; sleep 602' &) ; "
            "sleep 603 & echo $! >b; echo $$ >c; wait",
        )
        handle = submitted(world, batch, [one])[one.key]
        places = [one.folder / name for name in "abc"]
        patiently(world, lambda: all(each.exists() and each.read_text() for each in places))
        pids = [int(each.read_text()) for each in places]
        assert batch.look({handle: one.folder})[handle].state is RunState.RUNNING
        for _ in range(2):
            batch.cancel([handle, "t-unknown"])
        sight = ended(world, batch, {handle: one.folder})[handle]
        assert sight.state is RunState.CANCELLED, sight
        patiently(world, lambda: not any(map(lives, pids)) and not left(one), pids)

    def test_cancel_races_with_begin_and_end(self, world: BatchWorld, batch: Batch) -> None:
        tasks = [task(world, "true") for _ in range(min(4, world.slots))]
        handles = submitted(world, batch, tasks)
        batch.cancel(list(handles.values()))
        seen = ended(world, batch, {handles[one.key]: one.folder for one in tasks})
        assert {each.state for each in seen.values()} <= {RunState.DONE, RunState.CANCELLED}
        batch.cancel(list(handles.values()))
        again = batch.look({handles[one.key]: one.folder for one in tasks})
        assert {key: each.state for key, each in again.items()} == {
            key: each.state for key, each in seen.items()
        }

    def test_what_is_not_known_is_good(
        self, world: BatchWorld, batch: Batch, tmp_path: Path
    ) -> None:
        one = task(world, "true")
        unknown = ["999999999", "t-none", "../../etc", "x; touch pwned", ""]
        batch.cancel(unknown)
        batch.clean(unknown)
        batch.cancel([])
        batch.clean([])
        seen = batch.look(dict.fromkeys(unknown, tmp_path))
        assert {each.state for each in seen.values()} == {RunState.GONE}
        assert batch.look({}) == {}
        assert batch.submit([]) == {}
        assert batch.find([one]) == {}
        assert batch.find([]) == {}
        assert batch.tail("999999999", one.folder, "stdout", 0, 10) == b""

    # ---------------------------------------------------------------------------------- one time

    def test_one_key_runs_once(self, world: BatchWorld, batch: Batch) -> None:
        """Asked twice, by another process, in the same moment, and after its end."""
        one = shell(world, "echo ran >>count; sleep 0.5")
        with closing(world.batch()) as other, ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda each: each.submit([one]), (batch, other)))
            handle = answers[0][one.key].handle
            assert handle
            assert other.find([one])[one.key]
            again = submitted(world, other, [one])[one.key]
            for each in {handle, again, *other.find([one]).values()}:
                seen = ended(world, other, {each: one.folder})[each]
                assert seen.state is RunState.DONE, seen
            submitted(world, batch, [one])
            assert batch.find([one])[one.key]
        assert (one.folder / "count").read_text() == "ran\n"

    def test_what_is_forgotten_is_told_by_the_folder(
        self, world: BatchWorld, batch: Batch
    ) -> None:
        tasks = [shell(world, "exit 4"), task(world, "true")]
        handles = submitted(world, batch, tasks)
        runs = {handles[one.key]: one.folder for one in tasks}
        ended(world, batch, runs)
        for _ in range(2):
            batch.clean(list(runs))
        seen = batch.look(runs)
        assert [seen[handle].exit_code for handle in runs] == [4, 0]
        assert [seen[handle].state for handle in runs] == [RunState.FAILED, RunState.DONE]

    # ------------------------------------------------------------------------------------- looks

    def test_output_can_be_read_while_it_runs(self, world: BatchWorld, batch: Batch) -> None:
        one = shell(world, "printf 0123456789; echo e >&2; until [ -e go ]; do sleep 0.1; done")
        handle = submitted(world, batch, [one])[one.key]

        def tail(stream: str, offset: int, limit: int) -> bytes:
            return batch.tail(handle, one.folder, stream, offset, limit)

        patiently(world, lambda: tail("stderr", 0, 9) == b"e\n")
        assert tail("stdout", 0, 100) == b"0123456789"
        assert tail("stdout", 3, 4) == b"3456"
        assert tail("stdout", 100, 4) == b""
        assert (tail("stdout", -4, 3), tail("stdout", -100, 4)) == (b"678", b"0123")
        assert tail("../../etc/passwd", 0, 100) == b""
        assert batch.look({handle: one.folder})[handle].state is RunState.RUNNING
        assert batch.depth().running >= 1
        (one.folder / "go").touch()
        assert ended(world, batch, {handle: one.folder})[handle].state is RunState.DONE
        assert batch.fetch({handle: one.folder}) == {}

    def test_links_of_a_job_lead_nowhere(
        self, world: BatchWorld, batch: Batch, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("secret")
        one = shell(world, f"ln -sf {tmp_path}/secret stdout; ln -sf {tmp_path}/secret .way/ended")
        handle = submitted(world, batch, [one])[one.key]
        assert ended(world, batch, {handle: one.folder})[handle].state is RunState.DONE
        assert batch.tail(handle, one.folder, "stdout", 0, 100) == b""
        assert (tmp_path / "secret").read_text() == "secret"

    def test_it_is_ready_and_says_what_it_can(self, world: BatchWorld, batch: Batch) -> None:
        assert batch.check_config() == []
        assert batch.name
        assert batch.ability.most >= min(300, world.many)
        depth = batch.depth()
        assert depth.open, depth
        assert depth.slots == world.slots
        assert depth.free is None or 0 <= depth.free <= world.slots
        for _ in range(2):
            batch.close()

    def test_variables_are_shown_to_nobody(
        self, world: BatchWorld, batch: Batch, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = secrets.token_hex(16)
        one = replace(shell(world, "sleep 0.3"), environment={"TOKEN": secret})
        with caplog.at_level("DEBUG"):
            handle = submitted(world, batch, [one])[one.key]
            lines = [
                place for place in Path("/proc").glob("[0-9]*/cmdline") if _says(place, secret)
            ]
            sight = ended(world, batch, {handle: one.folder})[handle]
        assert lines == []
        assert secret not in " ".join([caplog.text, repr(batch), repr(one), repr(sight)])
        told = one.folder / ".way" / "task"
        assert not told.exists() or told.stat().st_mode & 0o077 == 0


def _says(place: Path, text: str) -> bool:
    try:
        return text.encode() in place.read_bytes()
    except OSError:
        return False
