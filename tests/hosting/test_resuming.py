"""Uploads that come in pieces: waited for, remembered, given up; whoever died meanwhile."""

import hashlib
import zlib
from datetime import timedelta

import pytest

from hosting.world import SPACE, World, live
from waystation.domains.hosting.door import Pending, Received
from waystation.domains.hosting.errors import BusyError
from waystation.kernel.errors import ConflictError, NotFoundError

DATA = b"0123456789" * 100


def begin(world: World, path: str = "a"):
    return world.hosting.uploads.begin(world.ana, SPACE, path, bytes_=len(DATA), resumable=True)


def find(world: World, part: str) -> Pending | Received:
    return world.hosting.resuming.find(world.ana, SPACE, part)


def write(world: World, part: str, data: bytes) -> None:
    sink = world.hosting.spaces.storage(world.space).resume(part, expected=len(DATA))
    sink.write(data)
    sink.close()


def commit(world: World, pending: Pending) -> None:
    adler32, sha256 = zlib.adler32(DATA), hashlib.sha256(DATA).digest()
    world.hosting.uploads.commit(pending.ticket, size=len(DATA), adler32=adler32, sha256=sha256)


def test_it_is_waited_for_for_days_and_remembered_for_one(world):
    part = begin(world).part
    for at in (0, 400):
        write(world, part, DATA[at : at + 400])
        world.turn(days=6)
        found = find(world, part)
        assert isinstance(found, Pending)
        assert world.hosting.resuming.came(found) == at + 400
        world.hosting.resuming.comes(found)
    write(world, part, DATA[800:])
    found = find(world, part)
    assert isinstance(found, Pending)
    commit(world, found)
    assert find(world, part) == Received(len(DATA), world.clock.now() + timedelta(days=1))
    assert world.get("a") == DATA
    world.turn(days=2)
    with pytest.raises(NotFoundError):
        find(world, part)
    assert world.rows("SELECT count(*) FROM hosting_received") == [(0,)]
    world.check()


def test_who_comes_too_late_hears_that_it_is_stored(world):
    """Two send the same bytes; the second had found it before the first was done."""
    part = begin(world).part
    write(world, part, DATA)
    first, second = find(world, part), find(world, part)
    assert isinstance(first, Pending)
    assert isinstance(second, Pending)
    commit(world, first)
    with pytest.raises(ConflictError):
        world.hosting.resuming.comes(second)


def test_one_that_nobody_came_back_for_leaves_nothing(world):
    part = begin(world).part
    write(world, part, DATA[:5])
    world.turn(days=8)
    with pytest.raises(NotFoundError):
        find(world, part)
    assert world.parts() == []
    world.check()


def test_one_at_a_time(world):
    storage, part = world.hosting.spaces.storage(world.space), begin(world).part
    first = storage.resume(part, expected=len(DATA))
    with pytest.raises(BusyError):
        storage.resume(part, expected=len(DATA))
    first.write(b"12345")
    first.close()
    again = storage.resume(part, expected=len(DATA))
    assert again.written == 5
    again.cut(3)
    again.write(b"x")
    again.close()
    with storage.reread(part) as file:
        assert file.read(10) == b"123x"


def test_doubtful_bytes_do_not_count(world):
    part = begin(world).part
    write(world, part, DATA[:10])
    pending = find(world, part)
    assert isinstance(pending, Pending)
    world.hosting.resuming.comes(pending, doubtful_from=4)
    found = find(world, part)
    assert isinstance(found, Pending)
    assert world.hosting.resuming.came(found) == 4
    world.hosting.resuming.comes(found)
    found = find(world, part)
    assert isinstance(found, Pending)
    assert world.hosting.resuming.came(found) == 10


@pytest.mark.parametrize("place", range(1, 12))
def test_death_at_any_moment(world, place):
    world.fate.passed.clear()
    world.fate.place = place

    def act(at: World) -> None:
        part = begin(at).part
        write(at, part, DATA)
        found = find(at, part)
        assert isinstance(found, Pending)
        commit(at, found)

    live(world, act)
    world.fate.place = 0
    world.turn(days=9)
    assert world.disk().get("a", DATA) == DATA
    assert world.parts() == []
    world.check()
