"""What went wrong with the old server (contract librarian, 2), held never to happen here."""

from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from crash.world import KilledError
from dialects.librarian.desk import Librarian, weigh
from hosting.world import World
from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.uploading import LEASE

FILE = b"0123456789" * 50
TREE = {"a": b"one", "sub/b": b"two" * 100, "sub/c": b""}


@pytest.fixture
def desk(dsn: str, tmp_path: Path):
    staging = tmp_path / "staging"
    staging.mkdir()
    world = World(dsn, tmp_path / "disk")
    yield Librarian(world, staging)
    world.close()


def died_at(desk: Librarian, place: int, name: str, what: bytes | dict[str, bytes]) -> bool:
    """Commit an upload and be killed at that place of it; False when it ended before."""
    staged = desk.copied(name, what)
    desk.world.fate.passed.clear()
    desk.world.fate.place = place
    with suppress(KilledError):
        desk.commit(staged)
    died = len(desk.world.fate.passed) == place
    desk.world.fate.place = 0
    desk.world.build()
    return died


def whole(desk: Librarian, name: str, what: bytes | dict[str, bytes]) -> None:
    """A file is there with all its bytes, once."""
    assert name in desk.names()
    there = {path: data for path, data in desk.world.disk().items() if path.startswith(name)}
    expected = (
        {name: what} if isinstance(what, bytes) else {f"{name}/{p}": d for p, d in what.items()}
    )
    assert there == expected


def test_two_names_with_equal_content_in_flight(desk):
    """`api/upload.py: stage` took the second for a retry of the first, and removed that."""
    first, second = desk.copied("one", FILE), desk.copied("two", FILE)
    assert desk.commit(first) == 200
    assert desk.commit(second) == 200
    assert desk.world.disk() == {"one": FILE, "two": FILE}


def test_two_people_with_equal_content_under_one_name(desk):
    """The second does not end what the first has under way."""
    desk.world.give(desk.world.ben, Role.WRITER)
    mine = desk.copied("same", FILE)
    desk.stage("same", *weigh(FILE), who=desk.world.ben)
    assert desk.commit(mine) == 200
    whole(desk, "same", FILE)


def test_a_retry_of_the_same_upload_takes_the_place_of_the_first(desk):
    first = desk.copied("again", FILE)
    second = desk.copied("again", FILE)
    with pytest.raises(RefusedError) as refusal:
        desk.commit(first)
    assert refusal.value.status == 404
    assert desk.commit(second) == 200
    assert desk.left() == []
    desk.world.check()


def test_an_upload_on_its_way_is_nobody_elses_to_finish(desk):
    """`recieve_clone` took every STAGED row, those of running commits too."""
    staged = desk.copied("mine", FILE)
    desk.turn(minutes=5)
    assert desk.names() == set()
    assert desk.commit(staged) == 200


def test_a_commit_said_twice_is_done_once(desk):
    staged = desk.copied("twice", FILE)
    assert [desk.commit(staged), desk.commit(staged)] == [200, 200]
    whole(desk, "twice", FILE)


def test_an_upload_that_nobody_commits_leaves_nothing(desk):
    desk.copied("never", FILE)
    held = "SELECT sum(held_bytes)::int FROM quotas_quota WHERE subject LIKE 'space:%'"
    assert desk.world.rows(held) == [(len(FILE),)]
    desk.turn(days=8)
    assert desk.world.rows(held) == [(0,)]
    assert desk.left() == []
    assert desk.retry("never", FILE) == 200
    desk.world.check()


@pytest.mark.parametrize("what", [FILE, TREE], ids=["file", "directory"])
def test_a_commit_that_was_cut_anywhere_is_carried_on(desk, what):
    """A kill between move and commit left an orphan that blocked the name for ever."""
    for place in count(1):
        name = f"cut-{place}"
        died = died_at(desk, place, name, what)
        desk.turn(minutes=LEASE.total_seconds() / 60 + 30)
        whole(desk, name, what)
        assert desk.left() == []
        desk.world.turn(days=40)
        desk.world.check()
        if not died:
            break
    assert place > 3


@pytest.mark.parametrize("what", [FILE, TREE], ids=["file", "directory"])
def test_the_name_of_a_commit_that_was_cut_is_free_for_who_comes_again(desk, what):
    for place in count(1):
        name = f"free-{place}"
        died = died_at(desk, place, name, what)
        desk.world.clock.forward(minutes=LEASE.total_seconds() / 60 + 1)
        assert desk.retry(name, what) in {200, 409}
        whole(desk, name, what)
        desk.turn(minutes=60)
        whole(desk, name, what)
        assert desk.left() == []
        desk.world.turn(days=40)
        desk.world.check()
        if not died:
            break


def test_what_came_by_another_way_is_not_taken_for_a_remainder(desk):
    desk.world.put("theirs", b"by webdav")
    assert desk.retry("theirs", FILE) == 409
    staged = desk.copied("later", FILE)
    desk.world.put("later", b"by webdav")
    with pytest.raises(RefusedError) as refusal:
        desk.commit(staged)
    assert refusal.value.status == 409
    assert desk.world.get("later") == b"by webdav"


def test_whose_role_was_taken_meanwhile_commits_nothing(desk):
    desk.world.give(desk.world.ben, Role.WRITER)
    ben: Grant = desk.world.ben
    staged = desk.stage("gone", *weigh(FILE), who=ben)
    Path(staged["staging_location"]).write_bytes(FILE)
    desk.world.give(ben, Role.NONE)
    with pytest.raises(Exception, match="no space"):
        desk.commit(staged, who=ben)
    desk.turn(days=8)
    assert desk.world.disk() == {}
    assert desk.left() == []
