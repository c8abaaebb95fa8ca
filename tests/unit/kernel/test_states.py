"""State tables: what SQL is asked with is what the table says."""

from datetime import timedelta
from enum import IntEnum

from hypothesis import given
from hypothesis import strategies as st

from waystation.kernel.retry import Backoff
from waystation.kernel.states import Machine, Rule

TABLES = st.dictionaries(
    st.integers(0, 6), st.frozensets(st.integers(0, 6), max_size=4), min_size=1, max_size=7
)


def _machine(table):
    states = IntEnum("State", {f"S{n}": n for n in range(7)})
    exits = {states(n): Rule(frozenset(states(t) for t in to)) for n, to in table.items()}
    return states, Machine("thing", exits)


@given(TABLES)
def test_sources_are_exits_read_backwards(table):
    states, machine = _machine(table)
    for target in states:
        told = machine.sources(target)
        assert told == sorted(told)
        assert set(told) == {int(s) for s in machine.rules if machine.allows(s, target)}


@given(TABLES)
def test_every_state_is_open_or_final(table):
    _, machine = _machine(table)
    assert sorted(machine.open() + machine.final()) == sorted(int(s) for s in machine.rules)
    assert all(not machine.rules[s].exits for s in machine.rules if int(s) in machine.final())


WAITS = st.timedeltas(timedelta(milliseconds=1), timedelta(days=2))


@given(WAITS, WAITS, st.integers(1, 2**31), st.integers(0, 2**31))
def test_waits_grow_to_the_ceiling_and_end(first, ceiling, tries, tried):
    policy = Backoff(first, ceiling, tries)
    wait = policy.delay(tried)
    if tried >= tries:
        assert wait is None
        return
    assert wait is not None
    assert timedelta(0) < wait <= ceiling
    after = policy.delay(tried + 1)
    assert after is None or after >= wait
    if tried <= 1:
        assert wait == min(first, ceiling)
