"""Requests that ended long ago are forgotten, where that is wanted."""

import dataclasses
from datetime import timedelta

import pytest

from waystation.domains.staging.controller import forget

DAY = timedelta(days=1)


@pytest.fixture
def keeping(small):
    """A month of history."""
    small.post.rules = dataclasses.replace(small.post.rules, history=30 * DAY)
    small.put("a", "b", "c")
    return small


def done(small, *names: str) -> int:
    """A request that has ended; its files are given back."""
    request = small.ask(*names).request.id
    small.turn()
    small.staging.release(small.ana, request)
    return request


def left(small) -> list[object]:
    """Requests of which there is anything."""
    tables = ("SELECT id FROM staging_request", "SELECT request_id FROM staging_item",
              "SELECT request_id FROM staging_event")  # fmt: skip
    found = [{row[0] for row in small.rows(table)} for table in tables]
    assert found[0] == found[1] == found[2]
    return sorted(found[0])


def test_what_ended_long_ago_goes_whole(keeping):
    old = done(keeping, "a", "b")
    keeping.clock.forward(days=20)
    young = done(keeping, "c")
    assert forget.step(keeping.post) == 0
    keeping.clock.forward(days=11)
    assert forget.step(keeping.post) == 1
    assert left(keeping) == [young]
    assert keeping.ask("a").request.id > old


def test_what_is_held_or_goes_on_stays(keeping):
    held = keeping.ask("a", pin_lifetime_s=300 * 86_400).request.id
    keeping.turn()
    keeping.tape.instant = False
    open_ = keeping.ask("b").request.id
    keeping.turn(3)
    keeping.clock.forward(days=29)
    assert forget.step(keeping.post) == 0
    keeping.clock.forward(days=20)
    assert forget.step(keeping.post) == 0
    assert left(keeping) == [held, open_]


def test_nothing_is_forgotten_unless_it_is_wanted(small):
    small.put("a")
    request = done(small, "a")
    small.clock.forward(days=10_000)
    assert forget.step(small.post) == 0
    assert left(small) == [request]


def test_of_many_the_oldest_go_first_and_a_large_one_by_itself(keeping, monkeypatch):
    monkeypatch.setattr(forget, "_FILES", 2)
    first, second, third = (done(keeping, *names) for names in ("abc", "ab", "c"))
    keeping.clock.forward(days=31)
    assert [forget.step(keeping.post), left(keeping)] == [1, [second, third]]
    assert [forget.step(keeping.post), left(keeping)] == [1, [third]]
    assert [forget.step(keeping.post), left(keeping)] == [1, []]
    assert first < second


def test_another_tape_system_keeps_its_own(keeping):
    request = done(keeping, "a")
    keeping.clock.forward(days=31)
    other = dataclasses.replace(keeping.post, name="other")
    assert forget.step(other) == 0
    assert left(keeping) == [request]
