"""Every file is read again, and what a disk forgot is found; whoever dies meanwhile."""

import hashlib
import os
from datetime import timedelta

import psycopg
import pytest

from crash.world import KilledError
from hosting.world import SPACE, World
from waystation.domains.hosting.controller.scrubbing import scrub
from waystation.domains.hosting.door import Care, Desk

CYCLE = timedelta(days=30)


def desk(world: World) -> Desk:
    care = Care(CYCLE, bytes_per_s=1e9)
    return Desk(world.database, world.clock, world.hosting.spaces.storage, care, lambda _: None)


def read_all(world: World) -> int:
    """Until nothing moves; how many files were looked at."""
    count = 0
    while done := scrub(desk(world)):
        count += done
    return count


def damaged(world: World) -> list[tuple[str, str]]:
    return [(d.path, d.words) for d in world.hosting.caring.damaged(world.ana, SPACE)]


def next_cycle(world: World) -> None:
    world.clock.forward(days=CYCLE.days, seconds=1)


def flip(world: World, path: str, at: int = 0) -> None:
    """One bit on disk, and nothing else that anybody could see."""
    place = world.root / SPACE / path
    before = place.stat()
    with place.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_one_bit_is_found_within_a_cycle_and_its_mending_too(world):
    data = os.urandom(5_000_000)
    world.folder("a")
    world.put("a/big", data)
    world.put("other", b"good")
    assert read_all(world) == 2
    assert damaged(world) == []
    flip(world, "a/big", 4_999_999)
    assert read_all(world) == 0, "this cycle is over"
    next_cycle(world)
    assert read_all(world) == 2
    ((path, words),) = damaged(world)
    assert path == "a/big"
    assert hashlib.sha256(data).hexdigest() in words
    flip(world, "a/big", 4_999_999)
    next_cycle(world)
    read_all(world)
    assert damaged(world) == []


def test_a_new_content_ends_the_trouble(world):
    world.put("f", b"first")
    flip(world, "f")
    read_all(world)
    assert len(damaged(world)) == 1
    world.put("f", b"second")
    assert damaged(world) == []


def test_a_file_that_is_gone_from_the_disk_is_found(world):
    world.put("f", b"1")
    (world.root / SPACE / "f").unlink()
    read_all(world)
    assert damaged(world) == [("f", "It is not on the disk any more.")]


def test_who_has_no_digest_gets_one_first_and_what_others_wrote_is_known(world):
    world.put("ours", b"1")
    read_all(world)
    (world.root / SPACE / "theirs").write_bytes(b"22")
    (world.root / SPACE / "sub").mkdir()
    (world.root / SPACE / "sub" / "deep").write_bytes(b"333")
    for name in ("theirs", "sub/deep"):
        os.utime(world.root / SPACE / name, (1, 1))
    *_, told = world.hosting.adopting.adopt(world.admin, SPACE)
    assert (told.files, told.bytes, told.folders) == (2, 5, 1)
    world.clock.forward(minutes=2)
    assert read_all(world) == 2, "also while the cycle rests"
    _, entry = world.hosting.files.look(world.ana, SPACE, "sub/deep")
    assert entry.sha256 == hashlib.sha256(b"333").digest()
    assert entry.version == 1
    (world.root / SPACE / "theirs").write_bytes(b"4444")
    next_cycle(world)
    read_all(world)
    _, entry = world.hosting.files.look(world.ana, SPACE, "theirs")
    assert (entry.size, entry.sha256) == (4, hashlib.sha256(b"4444").digest())
    assert damaged(world) == []
    world.check()


def test_trash_is_nobodys_trouble(world):
    world.put("f", b"1")
    flip(world, "f")
    world.hosting.files.remove(world.ana, SPACE, "f")
    read_all(world)
    assert damaged(world) == []


def test_reading_is_paced(world):
    world.put("f", b"x" * 1_000_000)
    waited: list[float] = []
    slow = Desk(
        world.database,
        world.clock,
        world.hosting.spaces.storage,
        Care(CYCLE, bytes_per_s=1e5),
        waited.append,
    )
    assert scrub(slow) == 1
    assert sum(waited) == pytest.approx(10.0)
    never = Desk(
        world.database, world.clock, world.hosting.spaces.storage, Care(CYCLE, bytes_per_s=0)
    )
    next_cycle(world)
    assert scrub(never) == 0


def test_killed_at_any_moment_it_finds_the_same(world):
    world.put("a", b"1")
    world.put("b", b"2")
    flip(world, "a")
    deaths = 0
    while True:
        with psycopg.connect(world.dsn, autocommit=True) as conn:
            conn.execute("DELETE FROM hosting_scrub")
            conn.execute("DELETE FROM hosting_damage")
        world.fate.passed.clear()
        world.fate.place = deaths + 1
        died = False
        try:
            read_all(world)
        except KilledError:
            died = True
            world.build()
            world.clock.forward(minutes=31)
            read_all(world)
        if not died:
            break
        deaths += 1
        assert [path for path, _ in damaged(world)] == ["a"]
    assert deaths > 2
