"""The contract of `Storage`: every storage of hosting must pass it.

A storage's author subclasses `StorageContract` in a test module and gives it a fixture `world`:

    class TestMine(StorageContract):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)
"""

import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import pytest

from waystation.domains.hosting.errors import BusyError
from waystation.domains.hosting.ports import Found, Stamp, Storage
from waystation.kernel.clock import SystemClock

MIB = 2**20
LARGE = 12 * MIB + 345
"""More than two parts of any multipart upload."""
LATER_S = 3600.0


class StorageWorld(Protocol):
    """A place for bytes, empty."""

    def storage(self) -> Storage:
        """A new instance of the storage of that place, as another process would have."""
        ...


@dataclass(frozen=True)
class Nowhere:
    """A stamp that no storage gave."""

    inode: int = 1
    mtime_ns: int = 1


def part() -> str:
    """A name as uploads have it."""
    return f"{secrets.token_hex(16)}.part"


def put(storage: Storage, path: str, data: bytes, *, expected: bool = True) -> Found:
    """A whole upload."""
    name = part()
    with closing(storage.receive(name, expected=len(data) if expected else None)) as sink:
        for n in range(0, len(data), 700_001):
            sink.write(data[n : n + 700_001])
        sink.finish(durable=True)
    return storage.place(name, path, durable=True)


def get(storage: Storage, path: str, known: Stamp) -> bytes:
    """All of a file."""
    with storage.open(path, known) as file:
        return b"".join(iter(lambda: file.read(MIB), b""))


def resumed(storage: Storage, name: str, data: bytes, end: int) -> int:
    """Go on with an upload of this data up to an offset; where that began."""
    with closing(storage.resume(name, expected=len(data))) as sink:
        start = sink.written
        for n in range(start, end, 300_007):
            sink.write(data[n : min(n + 300_007, end)])
        sink.sync()
        assert sink.written == end
    return start


class StorageContract:
    """What hosting relies on."""

    @pytest.fixture
    def storage(self, world: StorageWorld) -> Storage:
        made = world.storage()
        made.make_folder("")
        return made

    # ------------------------------------------------------------------------------ whole files

    @pytest.mark.parametrize("size", [0, 1, LARGE], ids=["empty", "small", "large"])
    @pytest.mark.parametrize("expected", [True, False], ids=["announced", "not announced"])
    def test_what_was_put_is_read(self, storage: Storage, size: int, *, expected: bool) -> None:
        data = secrets.token_bytes(size)
        found = put(storage, "a.dat", data, expected=expected)
        assert (found.folder, found.bytes) == (False, size)
        assert get(storage, "a.dat", found) == data
        with storage.open("a.dat", found) as file:
            assert file.found == found
            assert file.look() == found
            file.forget()
            assert file.read(10) == data[:10]
        assert len(storage.localities(["a.dat"])) == 1

    def test_ranges_are_read_in_any_order(self, storage: Storage) -> None:
        data = secrets.token_bytes(3 * MIB)
        found = put(storage, "a.dat", data)
        with storage.open("a.dat", found) as file:
            for start, length in ((2 * MIB, MIB), (0, 5), (17, 2 * MIB), (3 * MIB - 1, 1)):
                file.seek(start, length)
                read = b"".join(iter(lambda: file.read(100_000), b""))
                assert read == data[start : start + length]

    def test_nothing_is_there_before_it_is_placed(self, storage: Storage) -> None:
        name = part()
        with closing(storage.receive(name, expected=3)) as sink:
            sink.write(b"abc")
        assert storage.find("a.dat") is None
        with pytest.raises(FileNotFoundError):
            storage.open("a.dat", storage.keys.stamp(name) if storage.keys else Nowhere())
        storage.discard(name)

    def test_what_is_not_there_is_not_found(self, storage: Storage) -> None:
        with pytest.raises(FileNotFoundError):
            storage.open("none.dat", Nowhere())
        with pytest.raises(FileNotFoundError):
            storage.place(part(), "none.dat", durable=True)
        assert storage.written(part()) is None
        assert storage.discard(part()) is False

    def test_a_stamp_tells_one_content_from_another(self, storage: Storage) -> None:
        old = put(storage, "a.dat", b"old")
        new = put(storage, "a.dat", b"newer")
        assert (old.inode, old.mtime_ns) != (new.inode, new.mtime_ns)
        assert get(storage, "a.dat", new) == b"newer"

    def test_whoever_reads_goes_on_while_the_file_is_replaced(self, storage: Storage) -> None:
        data = secrets.token_bytes(3 * MIB)
        with storage.open("a.dat", put(storage, "a.dat", data)) as file:
            first = file.read(100)
            put(storage, "a.dat", b"other")
            assert first + b"".join(iter(lambda: file.read(MIB), b"")) == data

    def test_an_upload_that_is_given_up_leaves_nothing(self, storage: Storage) -> None:
        name = part()
        with closing(storage.receive(name, expected=LARGE)) as sink:
            sink.write(secrets.token_bytes(LARGE - MIB))
        storage.discard(name)
        assert storage.discard(name) is False
        assert storage.parts(_later()) == []

    def test_many_are_received_and_placed(self, storage: Storage) -> None:
        names = [part() for _ in range(5)]
        storage.receive_many([(n, n.encode()) for n in names[:4]], durable=True)
        moves = [(name, f"f{n}.dat") for n, name in enumerate(names)]
        answers = storage.place_many(moves, durable=True)
        assert isinstance(answers[4], FileNotFoundError)
        for name, (_, path), found in zip(names[:4], moves[:4], answers[:4], strict=True):
            assert isinstance(found, Found)
            assert get(storage, path, found) == name.encode()

    # ---------------------------------------------------------------------------------- resumed

    @pytest.mark.parametrize(
        "ends",
        [
            (LARGE,),
            (1, LARGE),
            (5 * MIB, 10 * MIB, LARGE),
            (7 * MIB + 11, 7 * MIB + 12, LARGE - 1, LARGE),
        ],
        ids=["at once", "one byte first", "even pieces", "odd pieces"],
    )
    def test_an_upload_comes_in_pieces_through_many_processes(
        self, world: StorageWorld, storage: Storage, ends: Sequence[int]
    ) -> None:
        name, data, before = part(), secrets.token_bytes(LARGE), 0
        for end in ends:
            assert resumed(world.storage(), name, data, end) == before
            assert world.storage().written(name) == end
            before = end
        with closing(world.storage().resume(name, expected=LARGE)) as sink:
            sink.finish(durable=True)
            with storage.reread(name) as file:
                assert b"".join(iter(lambda: file.read(MIB), b"")) == data
        found = world.storage().place(name, "a.dat", durable=True)
        assert get(storage, "a.dat", found) == data
        assert storage.parts(_later()) == []

    @pytest.mark.parametrize("end", [3, 6 * MIB, 11 * MIB], ids=["3 bytes", "6 MiB", "11 MiB"])
    @pytest.mark.parametrize("other", [False, True], ids=["at once", "by another process"])
    def test_a_piece_that_was_not_good_is_cut_off(
        self, world: StorageWorld, end: int, *, other: bool
    ) -> None:
        name, data, start = part(), secrets.token_bytes(LARGE), 2
        world.storage().make_folder("")
        resumed(world.storage(), name, data, start)
        bad = bytes(end - start)
        sink = world.storage().resume(name, expected=LARGE)
        sink.write(bad)
        if other:
            sink.close()
            sink = world.storage().resume(name, expected=LARGE)
            assert sink.written == end
        sink.cut(start)
        assert sink.written == start
        sink.close()
        assert world.storage().written(name) == start
        assert resumed(world.storage(), name, data, LARGE) == start
        with closing(world.storage().resume(name, expected=LARGE)) as again:
            again.finish(durable=False)
        found = world.storage().place(name, "a.dat", durable=False)
        assert get(world.storage(), "a.dat", found) == data

    def test_one_at_a_time_goes_on(self, world: StorageWorld, storage: Storage) -> None:
        name = part()
        with closing(storage.resume(name, expected=10)) as sink:
            sink.write(b"abc")
            for process in (storage, world.storage()):
                with pytest.raises(BusyError):
                    process.resume(name, expected=10)
        with closing(world.storage().resume(name, expected=10)) as sink:
            assert sink.written == 3

    def test_a_finished_upload_waits_to_be_placed(
        self, world: StorageWorld, storage: Storage
    ) -> None:
        name = part()
        with closing(storage.resume(name, expected=3)) as sink:
            sink.write(b"abc")
            sink.finish(durable=True)
        assert storage.written(name) == 3
        with closing(world.storage().resume(name, expected=3)) as sink:
            assert sink.written == 3
            sink.finish(durable=True)
        found = storage.place(name, "a.dat", durable=True)
        # Somebody late looks for the part of what is a file by now.
        world.storage().resume(name, expected=3).close()
        storage.discard(name)
        assert get(storage, "a.dat", found) == b"abc"

    def test_old_parts_are_told(self, storage: Storage) -> None:
        begun, name = part(), part()
        with closing(storage.resume(begun, expected=10)) as sink:
            sink.write(b"abc")
        with closing(storage.receive(name, expected=LARGE)) as large:
            large.write(bytes(6 * MIB))
        put(storage, "a.dat", b"a file is none")
        assert set(storage.parts(_later())) == {begun, name}
        assert storage.parts(_later() - 2 * LATER_S) == []
        for each in (begun, name):
            assert storage.discard(each)
        assert storage.parts(_later()) == []

    # ------------------------------------------------------------------------- trees, and others

    def test_trees_keep_names(self, storage: Storage) -> None:
        if storage.keys is not None:
            assert list(storage.children("")) == []
            return
        for path in ("a", "a", "a/b"):
            storage.make_folder(path)
        found = put(storage, "a/b/f.dat", b"abc")
        assert storage.find("a/b/f.dat") == found
        storage.move("a", "c")
        assert storage.find("a") is None
        assert [name for name, _ in storage.children("c/b")] == ["f.dat"]
        put(storage, "g.dat", b"g")
        with pytest.raises(FileExistsError):
            storage.move("g.dat", "c")
        with pytest.raises(IsADirectoryError):
            put(storage, "c", b"x")
        for _ in range(2):
            storage.remove("c")
        assert sorted(name for name, _ in storage.children("")) == ["g.dat"]

    def test_keys_keep_all_content_until_it_is_erased(self, storage: Storage) -> None:
        if storage.keys is None:
            return
        name = part()
        storage.receive_many([(name, b"first")], durable=True)
        first = storage.place(name, "a.dat", durable=True)
        told = storage.keys.stamp(name)
        assert (told.inode, told.mtime_ns) == (first.inode, first.mtime_ns)
        second = put(storage, "a.dat", b"second")
        assert get(storage, "whatever", first) == b"first"
        for _ in range(2):
            storage.keys.erase([first])
        with pytest.raises(FileNotFoundError):
            storage.open("a.dat", first)
        assert get(storage, "moved.dat", second) == b"second"


def _later() -> float:
    return SystemClock().now().timestamp() + LATER_S
