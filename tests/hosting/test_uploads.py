"""Bytes come in whole or not at all, and are counted exactly."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hosting.world import SPACE, World
from waystation.domains.hosting.door import HIDDEN, Role
from waystation.domains.hosting.entities import Condition
from waystation.domains.hosting.errors import NoParentError, PreconditionError
from waystation.domains.quotas.door import Limits, OverQuotaError
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
)

MB = 1_000_000


def limit(world: World, **limits: int) -> None:
    subject = f"space:{world.space.id}"
    world.hosting.quotas.limit(subject, Limits(**limits), now=world.clock.now())


def usage(world: World):
    subject = f"space:{world.space.id}"
    return world.hosting.quotas.usage([subject])[subject]


@pytest.mark.parametrize("known", [True, False])
def test_a_file_is_what_came(world, known):
    made = world.put("a.dat", b"hello", known=known)
    assert (made.name, made.size, made.version) == ("a.dat", 5, 1)
    assert world.get("a.dat") == b"hello"
    again = world.put("a.dat", b"hello you", known=known)
    assert (again.id, again.version, again.size) == (made.id, 2, 9)
    assert again.etag != made.etag
    assert world.parts() == []
    assert (usage(world).used.bytes, usage(world).used.files) == (9, 1)
    world.check()


def test_an_empty_file_is_a_file(world):
    assert world.put("empty", b"").size == 0
    world.check()


def test_its_folder_must_be_there(world):
    with pytest.raises(NoParentError):
        world.put("no/such/a.dat", b"x")
    world.folder("no")
    with pytest.raises(ConflictError):
        world.put("no", b"x")
    with pytest.raises(NoParentError):
        world.put("no/such/a.dat", b"x")
    world.folder("no/such")
    world.put("no/such/a.dat", b"x")
    with pytest.raises(NoParentError, match=r"no/such/a\.dat"):
        world.put("no/such/a.dat/b", b"x")
    assert world.disk() == {"no/such/a.dat": b"x"}
    assert usage(world).held.bytes == 0
    world.check()


def test_conditions_hold_at_the_beginning_and_at_the_end(world):
    absent = Condition(absent=True)
    first = world.put("a", b"1", condition=absent)
    with pytest.raises(PreconditionError):
        world.put("a", b"2", condition=absent)
    same = Condition(etags=frozenset([first.etag]))
    uploads = world.hosting.uploads
    late = uploads.begin(world.ana, SPACE, "a", bytes_=1, condition=same)
    world.hosting.spaces.storage(late.space).receive(late.part, expected=1).close()
    world.put("a", b"3", condition=same)
    with pytest.raises(PreconditionError):
        uploads.commit(late, size=1, adler32=0, sha256=b"", condition=same)
    uploads.abort(late)
    assert world.get("a") == b"3"
    world.check()


def test_two_writers_of_one_name_leave_one_whole_file(world):
    gate = threading.Barrier(8)

    def write(n: int) -> None:
        gate.wait(20)
        for _ in range(5):
            world.put("same", bytes([n]) * (1000 + n))

    with ThreadPoolExecutor(8) as many:
        list(many.map(write, range(8)))
    assert world.tree()["same"].version == 40
    world.check()


def test_a_quota_is_exact_under_many_writers(world):
    limit(world, hard_bytes=100_000)
    gate = threading.Barrier(16)

    def write(n: int) -> int:
        gate.wait(20)
        took = 0
        for i in range(12):
            try:
                world.put(f"f{n}-{i}", b"x" * 1000)
                took += 1
            except OverQuotaError:
                pass
        return took

    with ThreadPoolExecutor(16) as many:
        assert sum(many.map(write, range(16))) == 100
    assert usage(world).used.bytes == 100_000
    world.check()


def test_over_quota_is_said_before_a_byte_is_taken(world):
    limit(world, hard_bytes=10, hard_files=2)
    uploads = world.hosting.uploads
    with pytest.raises(OverQuotaError, match="10 bytes") as refused:
        uploads.begin(world.ana, SPACE, "a", bytes_=11)
    assert refused.value.code == "over-quota"
    world.put("a", b"12345")
    world.put("b", b"")
    with pytest.raises(OverQuotaError, match="2 files"):
        uploads.begin(world.ana, SPACE, "c", bytes_=0)
    assert world.rows("SELECT count(*) FROM hosting_upload") == [(0,)]
    world.check()


def test_a_soft_limit_may_be_passed_for_its_grace(world):
    limit(world, soft_bytes=10, grace_s=3600)
    world.put("a", b"x" * 11)
    assert usage(world).over_since == world.clock.now()
    world.put("b", b"x")
    world.clock.forward(hours=2)
    with pytest.raises(OverQuotaError, match="soft limit"):
        world.put("c", b"x")
    limit(world, soft_bytes=100)
    world.put("c", b"x")
    assert usage(world).over_since is None
    world.check()


def test_a_receiver_that_is_gone_leaves_nothing(world):
    limit(world, hard_bytes=100)
    uploads = world.hosting.uploads
    ticket = uploads.begin(world.ana, SPACE, "a", bytes_=90)
    sink = world.hosting.spaces.storage(ticket.space).receive(ticket.part, expected=90)
    sink.write(b"x" * 40)
    sink.close()
    with pytest.raises(OverQuotaError):
        world.put("b", b"x" * 20)
    uploads.more(ticket, 0)
    world.turn(minutes=9)
    assert world.parts() == [ticket.part], "it was heard of lately"
    world.turn(minutes=2)
    assert world.parts() == []
    world.put("b", b"x" * 20)
    with pytest.raises(ConflictError, match="given up"):
        uploads.commit(ticket, size=90, adler32=0, sha256=b"")
    with pytest.raises(ConflictError, match="given up"):
        uploads.more(ticket, 0)
    world.check()


def test_parts_that_nobody_knows_go_after_an_hour(world):
    hidden = world.root / SPACE / HIDDEN / "parts"
    (hidden / "lost.part").write_bytes(b"x")
    now = world.clock.now()
    old = (now - timedelta(hours=2)).timestamp()
    os.utime(hidden / "lost.part", (old, old))
    (hidden / "new.part").write_bytes(b"x")
    os.utime(hidden / "new.part", (now.timestamp(), now.timestamp()))
    world.turn()
    assert world.parts() == ["new.part"]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", MalformedError),
        ("a/", MalformedError),
        ("../x", MalformedError),
        ("a/../../x", MalformedError),
        ("a\0b", MalformedError),
        ("a\nb", MalformedError),
        ("\u202egpj.exe", MalformedError),
        ("n" * 256, MalformedError),
        ("é" * 128, MalformedError),
        ("\ud800", MalformedError),
        ("/".join("d" * 65), MalformedError),
        (f"{HIDDEN}/parts/x", MalformedError),
        (f"//{HIDDEN}//trash/x", MalformedError),
    ],
)
def test_paths_that_cannot_be(world, path, error):
    with pytest.raises(error):
        world.put(path, b"x")
    assert world.disk() == {}
    assert world.rows("SELECT count(*) FROM hosting_upload") == [(0,)]


def test_letters_that_look_the_same_are_the_same(world):
    world.put("e\u0301te\u0301", b"1")
    assert world.get("été") == b"1"
    assert world.put("été", b"22").version == 2
    assert list(world.disk()) == ["été"]


def test_symbolic_links_lead_nowhere(world, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_bytes(b"secret")
    world.folder("in")
    (world.root / SPACE / "in").rmdir()
    (world.root / SPACE / "in").symlink_to(secret)
    with pytest.raises(NoParentError):
        world.put("in/key", b"mine")
    assert (secret / "key").read_bytes() == b"secret"
    world.put("key", b"12345")
    (world.root / SPACE / "key").unlink()
    (world.root / SPACE / "key").symlink_to(secret / "key")
    with pytest.raises(FileNotFoundError):
        world.get("key")
    world.put("key", b"mine")
    assert (secret / "key").read_bytes() == b"secret"


def test_who_may_what(world):
    world.put("a", b"1")
    with pytest.raises(NotFoundError):
        world.get("a", who=world.ben)
    world.give(world.ben, Role.READER)
    assert world.get("a", who=world.ben) == b"1"
    with pytest.raises(ForbiddenError):
        world.put("b", b"2", who=world.ben)
    with pytest.raises(ForbiddenError):
        world.hosting.spaces.give(world.ben, SPACE, "anyone", Role.READER)
    world.give(world.ben, Role.WRITER)
    world.put("b", b"2", who=world.ben)
    spaces = world.hosting.spaces
    assert spaces.explain(world.ana, world.ben, SPACE)[-1] == "So ben may read, write in lab."
    world.give(world.ben, Role.MANAGER)
    with pytest.raises(ForbiddenError, match="above your own"):
        spaces.give(world.ben, SPACE, f"user:{world.ana.user_id}", Role.NONE)
    world.give(world.ben, Role.NONE)
    with pytest.raises(NotFoundError):
        world.get("a", who=world.ben)
    world.hosting.spaces.give(world.ana, SPACE, "anyone", Role.READER)
    assert world.hosting.files.look(None, SPACE, "a")[1].size == 1
    with pytest.raises(MalformedError):
        world.hosting.spaces.give(world.ana, SPACE, "anyone", Role.WRITER)
