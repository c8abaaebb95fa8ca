"""Small files by the hundred: whole or not at all, counted exactly, whoever dies meanwhile."""

import hashlib
import resource
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from hosting.world import SPACE, World, live
from waystation.domains.hosting.door import MOST, Condition, Outcome, Role, Small
from waystation.domains.hosting.errors import StorageFullError
from waystation.domains.quotas.door import Limits
from waystation.kernel.errors import ForbiddenError


def small(path: str, data: bytes) -> Small:
    return Small(path, data, zlib.adler32(data), hashlib.sha256(data).digest())


def put(world: World, files: dict[str, bytes], **more: object) -> list[Outcome]:
    some = [small(path, data) for path, data in files.items()]
    return world.hosting.batches.put(world.ana, SPACE, some, **more)  # type: ignore[arg-type]


def codes(outcomes: list[Outcome]) -> list[str]:
    return [each.problem.code if each.problem else "" for each in outcomes]


def test_files_are_what_came(world):
    files = {"a": b"1", "new/deep/b": b"22", "new/c": b"", "d": b"x" * 5000}
    made = put(world, files)
    assert [each.new for each in made] == [True] * 4
    assert world.disk() == files
    again = put(world, {"a": b"other", "e": b"5"})
    assert [each.new for each in again] == [False, True]
    assert again[0].entry is not None
    assert again[0].entry.version == 2
    assert world.disk() == {**files, "a": b"other", "e": b"5"}
    assert world.parts() == []
    world.check()


def test_each_is_refused_for_itself(world):
    world.put("there", b"1")
    world.folder("folder")
    files = {
        "there": b"2",
        "folder": b"x",
        "there/below": b"x",
        "../out": b"x",
        ".waystation/x": b"x",
        "ends/": b"x",
        "": b"x",
        "good": b"yes",
    }
    made = put(world, files, condition=Condition(absent=True))
    assert codes(made) == [
        "precondition", "conflict", "conflict", "malformed", "malformed", "malformed",
        "malformed", "",
    ]  # fmt: skip
    assert world.disk() == {"there": b"1", "good": b"yes"}
    assert world.parts() == []
    world.check()


def test_one_name_twice(world):
    some = [small("a", b"1"), small("b", b"2"), small("a", b"333")]
    made = world.hosting.batches.put(world.ana, SPACE, some)
    assert [each.new for each in made] == [True, True, False]
    assert world.disk() == {"a": b"333", "b": b"2"}
    world.check()


def test_who_may_not_write_writes_nothing(world):
    world.give(world.ben, Role.READER)
    with pytest.raises(ForbiddenError):
        world.hosting.batches.put(world.ben, SPACE, [small("a", b"1")])
    assert world.disk() == {}


@pytest.mark.parametrize("room", [0, 1, 7, 99, 100])
def test_room_is_used_to_the_last_file(world, room):
    subject = f"space:{world.space.id}"
    world.hosting.quotas.limit(subject, Limits(hard_files=room), now=world.clock.now())
    made = put(world, {f"f{n:03}": b"x" for n in range(100)})
    assert codes(made) == [""] * room + ["over-quota"] * (100 - room)
    assert len(world.disk()) == room
    world.check()


def test_a_folder_that_was_taken_off_the_disk(world):
    world.folder("gone")
    (world.root / SPACE / "gone").rmdir()
    made = put(world, {"gone/a": b"1", "b": b"2"})
    assert codes(made) == ["no-parent", ""]
    assert world.parts() == []
    world.check()


@contextmanager
def no_more_than(bytes_: int) -> Iterator[None]:
    """The system lets this process make no file larger than that: the write ends half way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_nothing(world):
    room = 8 * 2**20
    with no_more_than(room), pytest.raises(StorageFullError):
        put(world, {"a": b"1", "b": bytes(room + 1)})
    assert (world.disk(), world.parts()) == ({}, [])
    world.check()


def test_many_at_once_into_one_folder_and_one_name(world):
    gate = threading.Barrier(6)

    def write(n: int) -> None:
        gate.wait(20)
        for turn in range(4):
            put(world, {**{f"f{n}-{turn}-{i}": b"x" for i in range(20)}, "same": bytes([n]) * n})
            world.put("single", bytes([n]) * (n + 1))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert len(world.disk()) == 6 * 4 * 20 + 2
    assert world.tree()["same"].version == 24
    world.check()


def test_as_many_as_go_in_one_call(world):
    files = {f"f{n}": str(n).encode() for n in range(MOST)}
    assert codes(put(world, files)) == [""] * MOST
    assert world.disk() == files
    world.check()


@pytest.mark.parametrize("place", range(1, 28))
def test_death_at_any_moment(world, place):
    world.put("old", b"before")
    world.fate.passed.clear()
    world.fate.place = place
    files = {"old": b"after", "new": b"1", "way/new": b"22"}

    def act(at: World) -> None:
        put(at, files)

    live(world, act)
    world.fate.place = 0
    world.turn(minutes=30)
    there = world.disk()
    assert there.pop("old") in {b"before", b"after"}
    assert there.items() <= files.items()
    assert world.parts() == []
    assert world.rows("SELECT count(*) FROM hosting_upload") == [(0,)]
    world.check()
