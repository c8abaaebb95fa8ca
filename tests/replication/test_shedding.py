"""Files go from here once others have them; never before."""

from datetime import timedelta

import pytest

from crash.world import KilledError
from hosting.world import SPACE
from replication.test_repair import read_all, spoil
from waystation.domains.transfers.controller.shedding import shed
from waystation.domains.transfers.states import ItemState

FILES = {f"f{n}": f"content {n}".encode() * 50 for n in range(5)}
AFTER = timedelta(days=3)


@pytest.fixture
def full(twins):
    """Files that a rule sends, and takes away three days later."""
    for path, data in FILES.items():
        twins.aye.put(path, data)
    twins.aye.rule(delete_after_s=int(AFTER.total_seconds()))
    twins.live()
    return twins


def go(twin) -> None:
    """All looks of a walk."""
    while shed(twin.sending):
        pass


def test_files_go_when_they_are_old_and_the_partner_has_them(full):
    go(full.aye)
    assert set(full.aye.tree()) == set(FILES), "they are young"
    full.aye.clock.forward(days=3)
    full.aye.put("young", b"still here")
    go(full.aye)
    assert set(full.aye.tree()) == {"young"}
    assert set(full.bee.tree()) == set(FILES)
    full.aye.check()
    trail = full.aye.rows("SELECT facts FROM audit_entry WHERE act = 'file.shed'")
    assert {name for (facts,) in trail for name in facts["files"]} == set(FILES)
    told = full.aye.rows("SELECT facts FROM outbox WHERE topic = 'rule.shed'")
    assert sum(facts["files"] for (facts,) in told) == len(FILES)
    copies = full.aye.rows("SELECT path FROM transfers_replica ORDER BY path")
    assert copies == [(path,) for path in sorted(FILES)], "where they are is still known"


def test_what_would_go_is_told_beforehand(full):
    """Counted as the deletion itself counts, in sentences; nothing is changed by it."""

    def told():
        return full.aye.transfers.estimate_of(full.aye.admin, "all").shed

    assert (told().files, told().young) == (0, len(FILES))
    full.aye.clock.forward(days=4)
    full.aye.put("young", b"still here")
    full.aye.change("DELETE FROM transfers_replica WHERE path = 'f2'")
    full.aye.change(
        f"UPDATE transfers_shipmentfile SET state = {ItemState.WAITING:d} WHERE path = 'f3'"
    )
    found = told()
    assert (found.files, found.young, found.few, found.leaving) == (3, 1, 1, 1)
    assert found.bytes == sum(len(FILES[path]) for path in ("f0", "f1", "f4"))
    assert "3 files of" in found.words
    assert "1 stay: too few copies" in found.words
    assert set(full.aye.tree()) == {*FILES, "young"}
    go(full.aye)
    assert set(full.aye.tree()) == {"young", "f2", "f3"}, "just what was told went"


def test_a_partner_that_is_silent_is_no_reason(full):
    full.aye.cut.asking.add("holds")
    full.aye.clock.forward(days=4)
    go(full.aye)
    assert set(full.aye.tree()) == set(FILES)
    (words,) = full.aye.rows("SELECT shed_words FROM transfers_rule")[0]
    assert "cut" in str(words)
    full.aye.cut.asking.clear()
    full.aye.clock.forward(hours=2)
    go(full.aye)
    full.aye.clock.forward(hours=2)
    go(full.aye)
    assert not full.aye.tree()


def test_a_copy_that_was_deleted_or_is_damaged_there_does_not_count(full):
    full.bee.hosting.files.remove(full.bee.ana, SPACE, "f1")
    spoil(full.bee, "f2")
    read_all(full.bee)
    full.aye.clock.forward(days=4)
    go(full.aye)
    assert set(full.aye.tree()) == {"f1", "f2"}


def test_a_change_between_the_question_and_the_deletion_is_seen(full, monkeypatch):
    """The partner loses a file after it was asked; what is decided is decided when it goes.

    And what changed, is held or on its way stays.
    """
    real = full.aye.transfers.harbour.shed

    def late(account, space, ids, still):
        full.aye.change("DELETE FROM transfers_replica WHERE path = 'f2'")
        return real(account, space, ids, still)

    monkeypatch.setattr(full.aye.transfers.harbour, "shed", late)
    full.aye.hosting.terms.hold(full.aye.admin, SPACE, "f0", "a lawsuit")
    full.aye.clock.forward(days=4)
    full.aye.put("f1", b"another content")
    full.aye.change(
        f"UPDATE transfers_shipmentfile SET state = {ItemState.WAITING:d} WHERE path = 'f3'"
    )
    go(full.aye)
    assert set(full.aye.tree()) == {"f0", "f1", "f2", "f3"}


def test_killed_anywhere_nothing_is_lost(full):
    full.aye.clock.forward(days=4)
    for place in range(1, 60):
        full.aye.fate.passed.clear()
        full.aye.fate.place = place
        try:
            go(full.aye)
        except KilledError:
            full.aye.rise()
            full.aye.turn(hours=1)
            full.aye.check()
            continue
        full.aye.fate.place = 0
        if not full.aye.tree():
            break
        full.aye.clock.forward(hours=2)
    assert not full.aye.tree()
    full.aye.turn(hours=1)
    full.aye.check()
    assert set(full.bee.tree()) == set(FILES)
