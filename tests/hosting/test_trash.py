"""What was deleted comes back, whatever was put in its place and whoever died meanwhile."""

import pytest

from hosting.world import SPACE, World, live
from waystation.domains.hosting.door import Role
from waystation.kernel.errors import ForbiddenError, NotFoundError


def delete(world: World, path: str) -> int:
    _, entry = world.hosting.files.look(world.ana, SPACE, path)
    world.hosting.files.remove(world.ana, SPACE, path)
    return entry.id


def back(world: World, entry: int) -> str:
    return world.hosting.trash.bring_back(world.ana, SPACE, entry)


def names(world: World) -> list[str]:
    return [each.path for each in world.hosting.trash.list(world.ana, SPACE)]


def test_a_folder_comes_back_with_all_that_is_in_it(world):
    world.folder("a")
    world.folder("a/b")
    world.put("a/b/c", b"1")
    gone = delete(world, "a/b")
    assert (names(world), world.disk()) == (["a/b"], {})
    assert back(world, gone) == "a/b"
    assert (names(world), world.disk()) == ([], {"a/b/c": b"1"})
    world.check()
    with pytest.raises(NotFoundError):
        back(world, gone)


def test_its_name_was_taken(world):
    gone = []
    for data in (b"1", b"2", b"3"):
        world.put("a.tar.gz", data)
        gone.append(delete(world, "a.tar.gz"))
    assert [back(world, each) for each in gone] == [
        "a.tar.gz",
        "a.tar (back 2).gz",
        "a.tar (back 3).gz",
    ]
    assert sorted(world.disk().values()) == [b"1", b"2", b"3"]
    world.check()


def test_its_folder_is_gone_or_elsewhere(world):
    for folder in ("old", "moved"):
        world.folder(folder)
        world.put(f"{folder}/a", folder.encode())
    first, second = delete(world, "old/a"), delete(world, "moved/a")
    delete(world, "old")
    world.hosting.files.move(world.ana, SPACE, "moved", "there")
    assert back(world, first) == "a"
    assert back(world, second) == "there/a"
    assert world.disk() == {"a": b"old", "there/a": b"moved"}
    world.check()


def test_who_only_reads_brings_nothing_back(world):
    world.put("a", b"1")
    gone = delete(world, "a")
    world.give(world.ben, Role.READER)
    with pytest.raises(ForbiddenError):
        world.hosting.trash.bring_back(world.ben, SPACE, gone)
    with pytest.raises(ForbiddenError):
        world.hosting.trash.list(world.ben, SPACE)


def test_what_was_purged_is_gone(world):
    world.put("a", b"1")
    gone = delete(world, "a")
    world.turn(days=31)
    with pytest.raises(NotFoundError):
        back(world, gone)
    world.check()


@pytest.mark.parametrize("place", range(1, 12))
def test_death_at_any_moment(world, place):
    world.put("a", b"1")
    gone = delete(world, "a")
    world.fate.passed.clear()
    world.fate.place = place

    def act(at: World) -> None:
        back(at, gone)

    live(world, act)
    world.fate.place = 0
    if world.disk() == {}:
        assert back(world, gone) == "a"
    assert world.disk() == {"a": b"1"}
    world.check()
