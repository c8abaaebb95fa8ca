"""Replication, either side killed after every commit and around every call: all ends true."""

import pytest

MOST = 250


def some_files(twins) -> None:
    for n in range(5):
        twins.aye.put(f"file {n}", f"content {n}".encode() * (n + 1))


def test_all_arrives(twins):
    some_files(twins)
    twins.aye.rule()
    twins.live()
    twins.check()


@pytest.mark.parametrize("side", ["aye", "bee"])
def test_killed_at_every_step(twins, side):
    """Each place of one life is a death of the next: the houses and their files go on."""
    some_files(twins)
    twins.aye.rule()
    mortal = getattr(twins, side)
    for place in range(1, MOST):
        # Another content each time, so that there is something to send.
        twins.aye.put("changing", f"content of {place}".encode())
        twins.aye.put(f"new {place % 4}", f"new {place}".encode())
        mortal.fate.passed.clear()
        mortal.fate.place = place
        twins.live()
        if mortal.fate.place:
            mortal.fate.place = 0
            break
    else:
        raise AssertionError(f"more than {MOST} places")
    assert len(mortal.deaths) > 20
    twins.check()
