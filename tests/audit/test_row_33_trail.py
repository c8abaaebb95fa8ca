"""Row 33: who did what, when and from where can be told, and nobody can rewrite it unseen."""

import threading
from datetime import timedelta

import psycopg
import pytest

from waystation.domains.audit.door import Head, Wanted
from waystation.kernel import tracing, trail
from waystation.kernel.errors import ForbiddenError

UNGUARDED = "ALTER TABLE audit_entry DISABLE TRIGGER ALL"


def test_a_chain_that_nobody_touched_is_whole(world):
    world.act(20)
    assert world.seal() == 20
    world.act(3)
    found = world.audit.verify()
    assert (found.entries, found.loose, found.broken) == (20, 3, [])
    assert found.head.n == 20


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET actor = 'ben'",
        "UPDATE audit_entry SET n = 99, actor = 'ben' WHERE n IS NULL",
        "UPDATE audit_entry SET seal = NULL WHERE n = 2",
        "DELETE FROM audit_entry WHERE n = 2",
        "TRUNCATE audit_entry",
        "INSERT INTO audit_cut VALUES (1, '', now()); DELETE FROM audit_cut",
    ],
    ids=["update", "update-while-sealing", "unseal", "delete", "truncate", "cuts"],
)
def test_the_trail_can_only_grow(world, sql):
    world.act(5)
    world.seal()
    world.act(1)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"):
        world.sql(*sql.split("; "))
    assert world.audit.verify().broken == []


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'ben'",
        "at = at - interval '1 second'",
        "facts = '{\"bytes\": 7}'",
        "address = '::1'",
    ],
    ids=["who", "when", "more", "where-from"],
)
def test_who_changes_an_entry_as_superuser_is_found(world, change):
    world.act(10)
    world.seal()
    [[number]] = world.rows("SELECT id FROM audit_entry WHERE n = 4")
    world.sql(UNGUARDED, f"UPDATE audit_entry SET {change} WHERE n = 4")
    [words] = world.audit.verify().broken
    assert words.startswith(f"Entry {number} (number 4, ")


def test_entries_that_were_taken_away_are_missed(world):
    world.act(10)
    world.seal()
    kept = world.audit.verify().head
    world.sql(UNGUARDED, "DELETE FROM audit_entry WHERE n IN (4, 5)")
    [words] = world.audit.verify(kept).broken
    assert words.startswith("Missing: numbers 4 to 5 before entry")
    world.sql("DELETE FROM audit_entry WHERE n > 5")
    assert "it was cut or rewritten" in world.audit.verify(kept).broken[-1]


def test_a_head_of_another_chain_is_not_believed(world):
    world.act(3)
    world.seal()
    assert world.audit.verify(Head(2, bytes(32))).broken


def test_writers_do_not_wait_for_each_other_and_all_are_sealed_once(world):
    """A row that is written before others and committed after they were sealed comes later."""
    with world.database.transaction() as slow:
        trail.record(slow, "file.put", "slow", now=world.clock.now(), by=world.ana.actor)
        threads = [threading.Thread(target=world.act, args=[25]) for _ in range(8)]
        sealers = [threading.Thread(target=world.seal) for _ in range(3)]
        for each in [*threads, *sealers]:
            each.start()
        for each in [*threads, *sealers]:
            each.join(60)
        world.seal()
        assert world.audit.verify().entries == 200
    assert world.seal() == 1
    found = world.audit.verify()
    assert (found.entries, found.loose, found.broken) == (201, 0, [])
    assert world.rows("SELECT count(DISTINCT n), max(n) FROM audit_entry") == [(201, 201)]


def test_what_was_rolled_back_was_not_done(world):
    with pytest.raises(RuntimeError), world.database.transaction() as conn:  # noqa: PT012
        trail.record(conn, "file.put", "x", now=world.clock.now())
        raise RuntimeError
    assert world.rows("SELECT * FROM audit_entry") == []


def test_retention_keeps_ninety_days_and_the_rest_is_one_chain(world):
    world.act(10)
    world.seal()
    world.clock.forward(days=89)
    world.act(5)
    world.seal()
    world.retain()
    assert world.audit.verify().entries == 15
    world.clock.forward(days=2)
    world.retain()
    world.seal()
    found = world.audit.verify()
    assert (found.entries, found.broken) == (6, [])
    [[thing]] = world.rows("SELECT thing FROM audit_entry WHERE act = 'audit.retain'")
    assert thing == "up to 10"
    world.sql(UNGUARDED, "DELETE FROM audit_entry WHERE n = 11")
    assert world.audit.verify().broken


def test_only_administrators_read_it_and_that_is_told_too(world):
    world.act(3)
    with pytest.raises(ForbiddenError):
        world.audit.page(world.ana, Wanted())
    with pytest.raises(ForbiddenError):
        world.audit.export(world.ana, Wanted())
    tracing.actor.set(world.admin.actor)
    assert len(world.audit.page(world.admin, Wanted())) == 4
    assert [e.act for e in world.audit.page(world.admin, Wanted(actor="root"))] == [
        "audit.read"
    ] * 2


def test_what_is_looked_for_is_found_page_by_page(world):
    world.act(30)
    world.act(2, act="filename.odd")
    world.clock.forward(hours=1)
    world.act(4, act="file.delete", who=world.admin)
    every = list(world.audit.export(world.admin, Wanted(act="file")))
    assert len(every) == 34
    assert [e.id for e in every] == sorted(e.id for e in every)
    page = world.audit.page(world.admin, Wanted(act="file.put"), limit=20)
    rest = world.audit.page(world.admin, Wanted(act="file.put"), before=page[-1].id, limit=20)
    assert (len(page), len(rest)) == (20, 10)
    since = world.clock.now() - timedelta(minutes=1)
    assert len(list(world.audit.export(world.admin, Wanted(act="file", since=since)))) == 4
    assert len(list(world.audit.export(world.admin, Wanted(thing="/2%")))) == 0
    assert len(list(world.audit.export(world.admin, Wanted(thing="/29.fits")))) == 1


def test_hostile_text_is_held(world):
    with world.database.transaction() as conn:
        trail.record(conn, "sign-in", "a\0b" + "x" * 5000, now=world.clock.now())
    world.seal()
    assert world.audit.verify().broken == []
    [entry] = world.audit.export(world.admin, Wanted(act="sign-in"))
    assert entry.thing.startswith("a\N{REPLACEMENT CHARACTER}b")
    assert len(entry.thing) == 2000
