"""Every state table is sound: nothing can get stuck without somebody being late."""

import inspect

import pytest

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.door import ITEM, LIST, RECALL, REQUEST, Rules, Staging
from waystation.domains.staging.states import ItemState
from waystation.domains.staging.store.moves import COUNTERS
from waystation.kernel.clock import SystemClock
from waystation.kernel.database import Database
from waystation_testing.memory_tape import MemoryTape

TABLES = [REQUEST, ITEM, RECALL, LIST]


@pytest.fixture(scope="module")
def owners():
    """Names of everything that can move a thing on: steps, and what people can do."""
    post = Post("m", "memory", MemoryTape(), Database("", name="x"), SystemClock(), Rules())
    verbs = {name for name, _ in inspect.getmembers(Staging, inspect.isfunction)}
    return {name for name, _, _ in steps(post)} | verbs


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
class TestTable:
    def test_every_state_has_its_row(self, table):
        kind = type(next(iter(table.rules)))
        assert set(table.rules) == set(kind)

    def test_exits_are_states_of_the_same_table(self, table):
        for state, rule in table.rules.items():
            assert rule.exits <= set(table.rules)
            assert state not in rule.exits, "a state that follows itself is no move"

    def test_who_is_not_final_has_an_owner_that_exists(self, table, owners):
        for state, rule in table.rules.items():
            assert bool(rule.owner) != rule.final, state.name
            assert rule.final or rule.owner in owners, (state.name, rule.owner)

    def test_every_state_can_be_reached_from_the_first(self, table):
        first = min(table.rules)
        reached, edge = {first}, {first}
        while edge:
            edge = {e for state in edge for e in table.rules[state].exits} - reached
            reached |= edge
        assert reached == set(table.rules)

    def test_a_deadline_is_a_length_of_time(self, table):
        for rule in table.rules.values():
            assert rule.deadline is None or (not rule.final and rule.deadline.total_seconds() > 0)


def test_from_every_open_state_there_is_a_way_to_an_end():
    """An end: final, or open only for what people may still do (retry) or time (unpin)."""
    for table in (REQUEST, ITEM, LIST):
        ends = {s for s, r in table.rules.items() if r.final or r.owner in {"retry", "unpin"}}
        known = set(ends)
        while more := {s for s, r in table.rules.items() if r.exits & known} - known:
            known |= more
        assert known == set(table.rules), table.name


def test_every_item_state_is_counted():
    assert set(COUNTERS) == set(ItemState)
    assert len(set(COUNTERS.values())) == len(COUNTERS)
