"""The contract of `Engine`: every transfer engine must pass it.

An engine's author subclasses `EngineContract` in a test module and gives it a fixture `world`:

    class TestMine(EngineContract):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)
"""

import hashlib
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from waystation.domains.transfers.entities import Endpoint, Load, Piece, Progress, TaskState
from waystation.domains.transfers.errors import EngineFullError, EngineRefusedError
from waystation.domains.transfers.ports import Engine
from waystation.kernel.clock import SystemClock

MIB = 2**20
NAMES = (
    "plain.dat",
    "deep/er/and deeper/file.dat",
    "with space and ü.dat",
    "hundred%25 %2F.dat",
    "hash#and?query&x=1.dat",
    "-rf.dat",
    'it\'s "quoted".dat',
    "back\\slash [a-z]*.dat",
    ".hidden",
    "日本.dat",
)


class EngineWorld(Protocol):
    """Two ends, both empty, and an engine that moves from the one to the other.

    Attributes:
        source, target: the ends.
        foreign: an end from which the engine cannot move.
        whole: a target has its name only when it is whole.
        compares: a source that is not as its checksums say is not taken for right.
        patience_s: longest time that a load of the tests may take.
        many: files of one load of the tests; 300, or less where each takes long.
        unspeakable: those of `NAMES` that one of the ends cannot have.
        secrets: that the engine was told and may show nobody.
    """

    @property
    def source(self) -> Endpoint: ...

    @property
    def target(self) -> Endpoint: ...

    @property
    def foreign(self) -> Endpoint: ...

    @property
    def whole(self) -> bool: ...

    @property
    def compares(self) -> bool: ...

    @property
    def patience_s(self) -> float: ...

    @property
    def many(self) -> int: ...

    @property
    def unspeakable(self) -> frozenset[str]: ...

    @property
    def secrets(self) -> tuple[str, ...]: ...

    def engine(self) -> Engine:
        """A new one, as another process would have."""
        ...

    def put(self, path: str, data: bytes) -> None:
        """Write a file at the source."""
        ...

    def get(self, path: str) -> bytes | None:
        """Read a file at the target; None when it is not there."""
        ...

    def names(self) -> set[str]:
        """Paths of all files at the target, also of those that are not whole."""
        ...


def piece(n: int, source: str, data: bytes, target: str = "", **checksums: str) -> Piece:
    """A file with these bytes, with its adler32, md5 and sha256 unless others are given."""
    right = {
        "adler32": f"{zlib.adler32(data):08x}",
        "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return Piece(n, source, target or source, len(data), checksums or right)


def load_of(world: EngineWorld, *pieces: Piece, seconds: float = 600.0) -> Load:
    """A load with a key of its own."""
    key = secrets.token_hex(8)
    deadline = SystemClock().now() + timedelta(seconds=seconds)
    return Load(key, world.source, world.target, pieces, f"test {key}", deadline)


def ended(world: EngineWorld, engine: Engine, handle: str) -> Progress:
    """The last news of a task."""
    pause, end = threading.Event(), time.monotonic() + world.patience_s
    while True:
        progress = engine.look([handle])[handle]
        if progress.state is not TaskState.MOVING:
            return progress
        assert time.monotonic() < end, progress
        pause.wait(0.05)


def ends(world: EngineWorld, engine: Engine, handle: str, state: TaskState) -> None:
    """A task ends so."""
    progress = ended(world, engine, handle)
    assert progress.state is state, progress


def programs() -> Iterator[str]:
    """The command lines of all programs that run now."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield place.read_bytes().decode(errors="replace")
        except OSError:
            continue


class EngineContract:
    """What transfers rely on."""

    @pytest.fixture
    def engine(self, world: EngineWorld) -> Iterator[Engine]:
        with closing(world.engine()) as made:
            yield made

    def moved(self, world: EngineWorld, engine: Engine, files: Mapping[str, bytes]) -> Progress:
        """Put files at the source and move them under the same names."""
        for path, data in files.items():
            world.put(path, data)
        pieces = [piece(n, path, data) for n, (path, data) in enumerate(files.items(), 1)]
        return ended(world, engine, engine.submit(load_of(world, *pieces)))

    # ------------------------------------------------------------------------------------- files

    def test_names_of_all_kinds_arrive(self, world: EngineWorld, engine: Engine) -> None:
        files = {path: f"in {path}".encode() for path in NAMES if path not in world.unspeakable}
        progress = self.moved(world, engine, files)
        assert progress.state is TaskState.DONE, progress
        assert {path: world.get(path) for path in files} == files
        assert world.names() == set(files)
        assert (progress.files, progress.failed) == (len(files), {})

    @pytest.mark.parametrize("size", [0, 1, 5 * MIB + 3], ids=["empty", "one byte", "MiBs"])
    def test_sizes(self, world: EngineWorld, engine: Engine, size: int) -> None:
        data = secrets.token_bytes(size)
        progress = self.moved(world, engine, {"a/f.dat": data})
        assert progress.state is TaskState.DONE, progress
        assert world.get("a/f.dat") == data

    def test_files_may_get_other_names(self, world: EngineWorld, engine: Engine) -> None:
        """Strange ones plain ones, and the other way round."""
        names = [name for name in NAMES if name not in world.unspeakable]
        pairs = [(name, f"x/{n}.dat") for n, name in enumerate(names)]
        pairs += [(f"{n}.dat", f"y y/{name}") for n, name in enumerate(names)]
        for source, _ in pairs:
            world.put(source, source.encode())
        pieces = [
            piece(3 * n, source, source.encode(), target)
            for n, (source, target) in enumerate(pairs, 1)
        ]
        progress = ended(world, engine, engine.submit(load_of(world, *pieces)))
        assert progress.state is TaskState.DONE, progress
        assert {target: world.get(target) for _, target in pairs} == {
            target: source.encode() for source, target in pairs
        }

    def test_what_is_there_is_written_over(self, world: EngineWorld, engine: Engine) -> None:
        for data in (b"first", b"other", b"longer than both"):
            progress = self.moved(world, engine, {"f.dat": data})
            assert progress.state is TaskState.DONE, progress
            assert world.get("f.dat") == data

    def test_checksums_need_not_be_known(self, world: EngineWorld, engine: Engine) -> None:
        for data in (b"old", b"new"):
            world.put("f.dat", data)
            load = load_of(world, Piece(1, "f.dat", "f.dat", 3, {}))
            ends(world, engine, engine.submit(load), TaskState.DONE)
            assert world.get("f.dat") == data

    def test_many_small_ones(self, world: EngineWorld, engine: Engine) -> None:
        files = {f"{n % 7}/f {n}.dat": f"{n}".encode() for n in range(world.many)}
        progress = self.moved(world, engine, files)
        assert (progress.state, progress.files) == (TaskState.DONE, world.many), progress
        assert world.names() == set(files)
        assert world.get("3/f 31.dat") == b"31"

    def test_a_name_is_there_when_the_file_is_whole(
        self, world: EngineWorld, engine: Engine
    ) -> None:
        data = secrets.token_bytes(48 * MIB)
        world.put("big.dat", data)
        handle = engine.submit(load_of(world, piece(1, "big.dat", data)))
        shown: set[str] = set()
        while engine.look([handle])[handle].state is TaskState.MOVING:
            if world.whole:
                assert world.get("big.dat") in {None, data}
            shown.update(programs())
        ends(world, engine, handle, TaskState.DONE)
        assert world.get("big.dat") == data
        assert not [line for line in shown for secret in world.secrets if secret in line]

    # ------------------------------------------------------------------------------------ faults

    def test_a_source_that_is_not_there_stops_no_other(
        self, world: EngineWorld, engine: Engine
    ) -> None:
        for path in ("a.dat", "c/c.dat"):
            world.put(path, b"here")
        here = (piece(3, "a.dat", b"here"), piece(9, "c/c.dat", b"here"))
        load = load_of(world, here[0], piece(5, "b.dat", b"gone"), here[1])
        progress = ended(world, engine, engine.submit(load))
        assert progress.state is TaskState.FAILED
        assert set(progress.failed) == {5}, progress.failed
        assert progress.failed[5]
        assert progress.words
        assert world.names() == {"a.dat", "c/c.dat"}
        assert world.get("c/c.dat") == b"here"

    def test_what_is_not_as_its_checksum_says_has_not_arrived(
        self, world: EngineWorld, engine: Engine
    ) -> None:
        if not world.compares:
            return
        world.put("good.dat", b"good")
        world.put("bad.dat", b"evil")
        load = load_of(
            world, piece(1, "good.dat", b"good"), piece(2, "bad.dat", b"fine"), seconds=8.0
        )
        progress = ended(world, engine, engine.submit(load))
        assert progress.state is TaskState.FAILED
        assert set(progress.failed) == {2}
        assert world.names() == {"good.dat"}

    @pytest.mark.parametrize(
        "path",
        ["../f", "a/../../f", "/f", "a//f", "", "a/.", "a\nb", "a\0b", "a\rb", "\udcff"],
        ids=["up", "up within", "absolute", "empty part", "empty", "dot", "line", "zero", "return",
             "no text"],
    )  # fmt: skip
    @pytest.mark.parametrize("side", ["source", "target"])
    def test_a_path_that_leads_elsewhere_is_refused(
        self, world: EngineWorld, engine: Engine, path: str, side: str
    ) -> None:
        world.put("f.dat", b"f")
        ends = {"source": "f.dat", "target": "f.dat", side: path}
        bad = Piece(2, ends["source"], ends["target"], 1, {})
        with pytest.raises(EngineRefusedError):
            engine.submit(load_of(world, piece(1, "f.dat", b"f", "g.dat"), bad))
        assert world.names() == set()

    def test_what_is_no_load_is_refused(self, world: EngineWorld, engine: Engine) -> None:
        one = piece(1, "f.dat", b"f")
        for pieces in ((), (one, one), (one, piece(2, "g.dat", b"g", "f.dat"))):
            with pytest.raises(EngineRefusedError):
                engine.submit(load_of(world, *pieces))

    # ------------------------------------------------------------------------------------- tasks

    def test_one_key_is_one_task(self, world: EngineWorld, engine: Engine) -> None:
        data = secrets.token_bytes(3 * MIB)
        world.put("f.dat", data)
        load = load_of(world, piece(1, "f.dat", data))
        with ThreadPoolExecutor(2) as pool:
            handles = set(pool.map(engine.submit, [load, load]))
        (handle,) = handles
        ends(world, engine, handle, TaskState.DONE)
        assert engine.submit(load) == handle
        assert engine.look([handle])[handle].state is TaskState.DONE

    def test_another_process_goes_on_with_a_key(self, world: EngineWorld, engine: Engine) -> None:
        data = secrets.token_bytes(MIB)
        world.put("f.dat", data)
        load = load_of(world, piece(1, "f.dat", data))
        handle = engine.submit(load)
        engine.close()
        with closing(world.engine()) as other:
            if not other.ability.survives:
                assert other.look([handle])[handle].state is TaskState.LOST
            again = other.submit(load)
            assert (again == handle) or not other.ability.survives
            ends(world, other, again, TaskState.DONE)
            assert world.get("f.dat") == data
            assert world.names() == {"f.dat"}

    def test_tasks_are_looked_at_in_bulk(self, world: EngineWorld, engine: Engine) -> None:
        world.put("f.dat", b"f")
        loads = [load_of(world, piece(1, "f.dat", b"f", f"{n}.dat")) for n in range(3)]
        handles = [submitted(world, engine, load) for load in loads]
        for handle in handles:
            ended(world, engine, handle)
        unknown = "00000000-0000-4000-8000-000000000000"
        found = engine.look([*handles, unknown])
        states = [found[handle].state for handle in handles]
        assert states == [TaskState.DONE] * 3
        assert found[unknown].state is TaskState.LOST
        assert engine.look([]) == {}

    def test_cancelled(self, world: EngineWorld, engine: Engine) -> None:
        data = secrets.token_bytes(4 * MIB)
        world.put("f.dat", data)
        pieces = [piece(n, "f.dat", data, f"{n}.dat") for n in range(1, 21)]
        handle = engine.submit(load_of(world, *pieces))
        for _ in range(2):
            engine.cancel(handle)
        progress = ended(world, engine, handle)
        ours = {f"{one.n}.dat": one.n for one in pieces}
        there = {ours[path] for path in world.names() if path in ours}
        if progress.state is TaskState.FAILED:
            assert progress.words
        if world.whole and not engine.ability.survives:  # there the last one may still arrive
            assert there.isdisjoint(progress.failed)
        engine.cancel("00000000-0000-4000-8000-000000000000")

    def test_a_deadline_ends_it(self, world: EngineWorld, engine: Engine) -> None:
        world.put("f.dat", b"f")
        load = load_of(world, piece(1, "none.dat", b"f"), seconds=0.5)
        ends(world, engine, engine.submit(load), TaskState.FAILED)

    def test_it_ends_twice(self, engine: Engine) -> None:
        for _ in range(2):
            engine.close()

    # ---------------------------------------------------------------------------------- settings

    def test_what_it_cannot_move_it_objects_to(self, world: EngineWorld, engine: Engine) -> None:
        assert engine.objection(world.source, world.target) is None
        assert engine.objection(world.foreign, world.target)
        load = load_of(world, piece(1, "f.dat", b"f"))
        other = Load(load.key, world.foreign, load.target, load.pieces, "no", load.deadline)
        with pytest.raises(EngineRefusedError):
            engine.submit(other)

    def test_it_is_ready_and_says_what_it_can(self, engine: Engine) -> None:
        assert engine.check_config() == []
        assert engine.name
        assert engine.ability.most_files >= 300
        assert engine.ability.most_active >= 1

    def test_secrets_are_shown_to_nobody(
        self, world: EngineWorld, engine: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("DEBUG"):
            world.put("f.dat", b"f")
            load = load_of(world, piece(1, "f.dat", b"f"), piece(2, "none.dat", b""))
            progress = ended(world, engine, engine.submit(load))
        shown = " ".join([caplog.text, repr(engine), repr(load), repr(progress)])
        assert not [secret for secret in world.secrets if secret in shown]


def submitted(world: EngineWorld, engine: Engine, load: Load) -> str:
    """Submit a load as soon as the engine takes one more."""
    return patiently(world, lambda: engine.submit(load))


def patiently(world: EngineWorld, call: Callable[[], str]) -> str:
    """Call until the engine is not full any more."""
    pause, end = threading.Event(), time.monotonic() + world.patience_s
    while True:
        try:
            return call()
        except EngineFullError:
            assert time.monotonic() < end
            pause.wait(0.05)
