"""Folders, moves, the trash; and what is left when a process dies in the middle."""

from contextlib import suppress

import pytest

from hosting.world import SPACE, World, live
from waystation.domains.catalogue.door import EntryKind
from waystation.domains.hosting.door import HIDDEN
from waystation.domains.hosting.errors import NoParentError, PreconditionError
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError


def filled(world: World) -> None:
    for folder in ("a", "a/b", "c"):
        world.folder(folder)
    for path in ("a/1", "a/b/2", "a/b/3", "c/4", "5"):
        world.put(path, path.encode())


def test_pages_have_folders_first_and_go_on_behind_any_entry(world):
    for name in ("z", "B", "b", "a"):
        world.folder(name)
    for n in range(12):
        world.put(f"{n:02}", b"x")
    files = world.hosting.files
    _, top = files.look(world.ana, SPACE, "/")
    seen, after = [], None
    while page := files.page(top, after=after, limit=5):
        seen += [entry.name for entry in page]
        after = (page[-1].kind, page[-1].name)
    assert seen == ["B", "a", "b", "z", *(f"{n:02}" for n in range(12))]
    assert files.page(top, after=(EntryKind.FILE, "11")) == []


def test_folders_are_made_once_and_below_folders(world):
    world.folder("a")
    with pytest.raises(ConflictError):
        world.folder("a")
    with pytest.raises(NoParentError):
        world.folder("b/c")
    with pytest.raises(MalformedError):
        world.folder("/")
    assert (world.root / SPACE / "a").is_dir()


def test_a_folder_is_moved_whole(world):
    filled(world)
    before = world.tree()
    assert world.hosting.files.move(world.ana, SPACE, "a", "c/new")
    after = world.tree()
    assert sorted(after) == ["5", "c/4", "c/new/1", "c/new/b/2", "c/new/b/3"]
    assert after["c/new/b/2"] == before["a/b/2"]
    assert world.get("c/new/b/2") == b"a/b/2"
    world.check()


def test_moves_that_cannot_be(world):
    filled(world)
    move = world.hosting.files.move
    with pytest.raises(ConflictError, match="into itself"):
        move(world.ana, SPACE, "a", "a/b/x")
    with pytest.raises(ConflictError, match="into itself"):
        move(world.ana, SPACE, "a", "a/x")
    with pytest.raises(NoParentError):
        move(world.ana, SPACE, "a", "no/x")
    with pytest.raises(NotFoundError):
        move(world.ana, SPACE, "no", "x")
    with pytest.raises(PreconditionError):
        move(world.ana, SPACE, "5", "c/4")
    with pytest.raises(MalformedError):
        move(world.ana, SPACE, "/", "x")
    assert move(world.ana, SPACE, "5", "5") is False
    world.check()
    assert world.rows("SELECT count(*) FROM hosting_change") == [(0,)]


def test_what_is_overwritten_is_in_the_trash(world):
    filled(world)
    assert world.hosting.files.move(world.ana, SPACE, "5", "c/4", overwrite=True) is False
    assert world.get("c/4") == b"5"
    assert world.rows("SELECT path FROM hosting_trashed") == [("c/4",)]


def test_what_is_deleted_is_kept_for_a_while_and_charged_until_it_goes(world):
    filled(world)
    world.hosting.files.remove(world.ana, SPACE, "a")
    assert sorted(world.tree()) == ["5", "c/4"]
    assert sorted(world.disk()) == ["5", "c/4"]
    trash = world.root / SPACE / HIDDEN / "trash"
    assert len(list(trash.iterdir())) == 1
    world.turn(days=29)
    assert len(list(trash.iterdir())) == 1
    world.turn(days=2)
    assert list(trash.iterdir()) == []
    assert world.rows("SELECT count(*) FROM hosting_trashed") == [(0,)]
    world.check()
    with pytest.raises(NotFoundError):
        world.hosting.files.remove(world.ana, SPACE, "a")


def test_what_was_taken_off_the_disk_is_told(world):
    filled(world)
    (world.root / SPACE / "5").unlink()
    with pytest.raises(NotFoundError, match="on the disk"):
        world.hosting.files.move(world.ana, SPACE, "5", "6")


STORIES = {
    "a new file": lambda world: world.put("a/new", b"new"),
    "a file of unknown size": lambda world: world.put("a/new", b"new", known=False),
    "new content": lambda world: world.put("a/1", b"other content"),
    "a file aside": lambda world: world.aside("a/1", b"beside it"),
    "a folder": lambda world: world.folder("a/new"),
    "a move": lambda world: world.hosting.files.move(world.ana, SPACE, "a", "c/new"),
    "a move over": lambda world: world.hosting.files.move(
        world.ana, SPACE, "a/b/2", "c/4", overwrite=True
    ),
    "a removal": lambda world: world.hosting.files.remove(world.ana, SPACE, "a"),
}


@pytest.mark.parametrize("story", STORIES)
def test_killed_at_every_moment(world, story):
    """After a restart the catalogue and the disk agree, and what was acknowledged is there."""
    act, place = STORIES[story], 0
    while True:
        place += 1
        prepare(world)
        world.fate.passed.clear()
        world.fate.place = place
        if not live(world, act):
            break
        assert min(world.tree()) == "5", "what nobody touched is there"
        assert world.parts() == []
        for table in ("upload", "change"):
            assert world.rows(f"SELECT count(*) FROM hosting_{table}") == [(0,)]
    assert place > 2, "there were places to die at"


def prepare(world: World) -> None:
    """The same few files, whatever was there."""
    world.fate.place = 0
    for name in ("a", "c", "5"):
        with suppress(NotFoundError):
            world.hosting.files.remove(world.ana, SPACE, name)
    world.turn(days=40)
    filled(world)
    world.check()
