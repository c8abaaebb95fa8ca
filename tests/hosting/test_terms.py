"""What a space keeps: legal holds, and rules of how long; whoever asks, by whatever way."""

import hashlib
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from hosting.world import SPACE, World, live
from waystation.domains.hosting.controller import expiring
from waystation.domains.hosting.controller.expiring import expire
from waystation.domains.hosting.door import HIDDEN, HeldError, KeptError, Role, Small
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError


@pytest.fixture
def full(world: World) -> World:
    for folder in ("case", "case/letters", "free"):
        world.folder(folder)
    for path in ("case/letters/a", "case/b", "free/c", "d"):
        world.put(path, b"1")
    return world


def delete(world: World, path: str, who=None) -> None:
    world.hosting.files.remove(who or world.ana, SPACE, path)


def move(world: World, path: str, to: str, *, over: bool = False) -> None:
    world.hosting.files.move(world.ana, SPACE, path, to, overwrite=over)


def hold(world: World, path: str) -> int:
    return world.hosting.terms.hold(world.ana, SPACE, path, "Case 17").id


def lift(world: World, number: int) -> None:
    world.hosting.terms.lift(world.admin, SPACE, number, "Closed")


def retain(world: World, *, keep: int = 0, gone: int = 0, who=None) -> None:
    world.hosting.terms.retain(who or world.ana, SPACE, keep_days=keep, delete_days=gone)


def batch(world: World, *files: str) -> list[str]:
    data = b"new"
    small = [Small(f, data, zlib.adler32(data), hashlib.sha256(data).digest()) for f in files]
    done = world.hosting.batches.put(world.ana, SPACE, small)
    return [each.problem.code if each.problem else "" for each in done]


# ---------------------------------------------------------------------------------------- holds


def test_nothing_that_is_held_goes_by_any_way(full):
    hold(full, "case")
    before = full.disk()
    for who in (full.ana, full.admin):
        for path in ("case", "case/letters", "case/letters/a", "case/b"):
            with pytest.raises(HeldError, match="legal hold"):
                delete(full, path, who)
    for path, to in (("case", "else"), ("case/b", "b"), ("case/letters", "case/renamed")):
        with pytest.raises(HeldError):
            move(full, path, to)
    with pytest.raises(HeldError):
        full.put("case/b", b"other")
    with pytest.raises(HeldError):
        move(full, "free/c", "case/b", over=True)
    # What is moved is asked first: what stands at the target is still there.
    with pytest.raises(HeldError):
        move(full, "case/b", "free/c", over=True)
    assert batch(full, "case/b", "case/letters/a", "free/c") == ["held", "held", ""]
    assert full.disk() == before | {"free/c": b"new"}
    full.check()


def test_what_is_not_held_goes_on_as_ever(full):
    hold(full, "case/letters")
    full.put("case/letters/new", b"2")
    full.put("d", b"2")
    delete(full, "case/b")
    move(full, "free/c", "case/letters/c")
    delete(full, "free")
    assert batch(full, "d", "case/letters/more") == ["", ""]
    with pytest.raises(HeldError):
        delete(full, "case")  # it has in it what is held
    full.check()


def test_an_upload_that_began_before_the_hold_replaces_nothing(full):
    uploads = full.hosting.uploads
    ticket = uploads.begin(full.ana, SPACE, "d", bytes_=1)
    sink = full.hosting.spaces.storage(ticket.space).receive(ticket.part, expected=1)
    sink.write(b"2")
    sink.close()
    hold(full, "")
    with pytest.raises(HeldError):
        uploads.commit(ticket, size=1, adler32=1, sha256=bytes(32))
    uploads.abort(ticket)
    assert full.disk()["d"] == b"1"
    full.check()


def test_what_was_deleted_before_the_hold_is_not_purged(full):
    delete(full, "case/letters/a")
    delete(full, "case/letters")
    delete(full, "free/c")
    number = hold(full, "case")
    full.turn(days=40)
    kept = [each.path for each in full.hosting.trash.list(full.ana, SPACE)]
    assert sorted(kept) == ["case/letters", "case/letters/a"]
    full.check()
    lift(full, number)
    full.turn(days=2)
    assert full.hosting.trash.list(full.ana, SPACE) == []
    full.check()


def test_each_hold_is_lifted_for_itself_and_by_administrators_alone(full):
    first, second = hold(full, "case/b"), hold(full, "case/b")
    with pytest.raises(ForbiddenError):
        full.hosting.terms.lift(full.ana, SPACE, first, "I own it")
    for why in ("", "  ", "x" * 1001):
        with pytest.raises(MalformedError):
            full.hosting.terms.lift(full.admin, SPACE, first, why)
        with pytest.raises(MalformedError):
            full.hosting.terms.hold(full.ana, SPACE, "d", why)
    lift(full, first)
    with pytest.raises(NotFoundError):
        lift(full, first)
    with pytest.raises(HeldError):
        delete(full, "case/b")
    assert [(h.id, h.path, h.by, h.why) for h in full.hosting.terms.holds(full.ana, SPACE)] == [
        (second, "case/b", "ana", "Case 17")
    ]
    lift(full, second)
    delete(full, "case/b")
    acts = full.rows("SELECT act, thing, facts ->> 'why' FROM audit_entry WHERE act ~ '^hold'")
    assert acts == [
        ("hold.place", "lab/case/b", "Case 17"),
        ("hold.place", "lab/case/b", "Case 17"),
        ("hold.lift", "lab/case/b", "Closed"),
        ("hold.lift", "lab/case/b", "Closed"),
    ]


def test_who_does_not_own_the_space_holds_nothing(full):
    full.give(full.ben, Role.MANAGER)
    with pytest.raises(ForbiddenError):
        full.hosting.terms.hold(full.ben, SPACE, "case", "Mine")
    with pytest.raises(NotFoundError):
        full.hosting.terms.hold(full.ana, SPACE, "nowhere", "Mine")
    full.give(full.ben, Role.WRITER)
    with pytest.raises(ForbiddenError):
        full.hosting.terms.holds(full.ben, SPACE)


def test_nothing_goes_after_the_hold_is_said_to_be_there(full):
    """Whoever was first is right; afterwards there is nobody who was just about to."""
    files = [f"free/{n:02d}" for n in range(30)]
    assert set(batch(full, *files)) == {""}
    begun = threading.Event()

    def go(path: str) -> bool:
        begun.set()
        try:
            delete(full, path)
        except HeldError:
            return False
        return True

    with ThreadPoolExecutor(5) as crowd:
        going = [crowd.submit(go, path) for path in files]
        assert begun.wait(30)
        hold(full, "free")
        seen = full.disk()
        gone = [path for path, each in zip(files, going, strict=True) if each.result()]
    assert full.disk() == seen
    assert {path for path in files if path not in seen} == set(gone)
    full.check()


# ---------------------------------------------------------------------------------------- kept


def test_a_file_is_kept_for_so_many_days(full):
    retain(full, keep=10)
    full.clock.forward(days=5)
    full.put("free/young", b"1")
    full.clock.forward(days=6)
    delete(full, "d")
    full.put("case/b", b"2")
    assert batch(full, "case/letters/a") == [""]
    for path in ("free/young", "free", "case/b", "case"):
        with pytest.raises(KeptError, match="for 10 days"):
            delete(full, path, full.admin)
    with pytest.raises(KeptError):
        full.put("free/young", b"2")
    with pytest.raises(KeptError):
        move(full, "free/c", "free/young", over=True)
    assert batch(full, "free/young", "new") == ["kept", ""]
    move(full, "free/young", "free/renamed")  # that loses nothing
    full.clock.forward(days=11)
    delete(full, "free")
    delete(full, "case")
    full.check()


def test_only_administrators_make_it_less(full):
    retain(full, keep=10)
    retain(full, keep=20)
    with pytest.raises(ForbiddenError, match="20 days"):
        retain(full, keep=19)
    retain(full, keep=0, who=full.admin)
    full.give(full.ben, Role.MANAGER)
    with pytest.raises(ForbiddenError):
        retain(full, keep=5, who=full.ben)
    for keep, gone in ((-1, 0), (0, -1), (10, 9), (36_501, 0)):
        with pytest.raises(MalformedError):
            retain(full, keep=keep, gone=gone)
    delete(full, "d")


# ---------------------------------------------------------------------------------------- expiry


def paths(world: World) -> list[str]:
    return sorted(each.path for each in world.hosting.trash.list(world.ana, SPACE))


def test_files_go_to_the_trash_after_so_many_days(full):
    retain(full, gone=10)
    full.turn(days=5)
    full.put("free/young", b"1")
    hold(full, "case/letters")
    full.turn(days=6)
    assert paths(full) == ["case/b", "d", "free/c"]
    assert sorted(full.disk()) == ["case/letters/a", "free/young"]
    full.check()
    gone = full.hosting.trash.list(full.ana, SPACE)[0]
    full.hosting.trash.bring_back(full.ana, SPACE, gone.entry_id)
    full.turn(hours=3)
    assert gone.path in full.disk()  # it has its days anew
    full.turn(days=41)
    assert sorted(full.disk()) == ["case/letters/a"]
    full.check()


def test_a_space_without_the_rule_keeps_everything(full):
    full.turn(days=1000)
    assert len(full.disk()) == 4
    assert expire(full.desk) == 0


def test_a_file_that_is_gone_from_the_disk_is_in_nobodys_way(full):
    retain(full, gone=1)
    (full.root / SPACE / "d").unlink()
    full.turn(days=2)
    assert paths(full) == ["case/b", "case/letters/a", "free/c"]


def test_a_disk_that_does_not_do_it_leaves_all_as_it_was(full):
    retain(full, gone=1)
    _, entry = full.hosting.files.look(full.ana, SPACE, "d")
    inside = full.root / SPACE / HIDDEN / "trash" / str(entry.id)
    inside.mkdir(parents=True)
    full.turn(days=2)
    full.turn(minutes=10)
    assert sorted(full.disk()) == ["case/b", "case/letters/a", "d", "free/c"]
    assert paths(full) == []
    full.check()
    inside.rmdir()
    full.turn(hours=2)
    assert full.disk() == {}
    full.check()


def test_very_many_files_go_batch_by_batch(full, monkeypatch):
    monkeypatch.setattr(expiring, "BATCH", 5)
    assert set(batch(full, *(f"free/{n:04d}" for n in range(18)))) == {""}
    retain(full, gone=1)
    full.turn(days=2)
    assert full.disk() == {}
    [[count]] = full.rows("SELECT count(*) FROM hosting_trashed")
    assert count == 22
    full.check()


@pytest.mark.parametrize("place", range(1, 20))
def test_death_at_any_moment_of_it(full, place):
    retain(full, gone=1)
    full.clock.forward(days=2)
    full.fate.passed.clear()
    full.fate.place = place

    def act(at: World) -> None:
        expire(at.desk)

    live(full, act)
    full.fate.place = 0
    full.turn(hours=2)
    assert full.disk() == {}
    assert paths(full) == ["case/b", "case/letters/a", "d", "free/c"]
    full.check()


# ---------------------------------------------------------------------------------------- terms


def test_a_space_is_changed_by_who_may(full):
    terms = full.hosting.terms
    full.give(full.ben, Role.MANAGER)
    assert terms.change(full.ben, SPACE, title="  The   lab ").title == "The lab"
    with pytest.raises(ForbiddenError):
        terms.change(full.ben, SPACE, trash_days=1)
    changed = terms.change(full.ana, SPACE, trash_days=3, durable=False)
    assert (changed.trash_days, changed.durable, changed.title) == (3, False, "The lab")
    for wrong in ({"title": " "}, {"title": "x" * 201}, {"trash_days": -1}):
        with pytest.raises(MalformedError):
            terms.change(full.ana, SPACE, **wrong)
    assert terms.change(full.ana, SPACE, closed=True).closed


def test_it_is_explained_what_nobody_may(full):
    retain(full, keep=10)
    hold(full, "case")
    lines = full.hosting.spaces.explain(full.ana, full.ben, SPACE)
    assert any("within 10 days" in line for line in lines)
    assert any("legal hold on 1 place" in line for line in lines)
