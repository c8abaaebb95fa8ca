"""A request of which ours are forgotten: polled, deleted, and forgotten here too."""

import dataclasses
from datetime import timedelta

import pytest

from dialects.wlcg_tape.wire import PREFIX, Wire
from waystation.domains.staging.controller import forget
from waystation.interfaces.dialects.wlcg_tape import store
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT

MONTH = timedelta(days=30)


@pytest.fixture
def old(wire: Wire) -> str:
    """A request that came, was released, and of which ours is forgotten."""
    world = wire.world
    world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a")
    world.turn()
    assert wire.post(f"release/{number}", f"{PREFIX}/a").status == 200
    world.turn()
    world.clock.forward(days=31)
    assert forget.step(_with_history(world.post)) == 1
    return number


def _with_history(post):
    return dataclasses.replace(post, rules=dataclasses.replace(post.rules, history=MONTH))


def test_it_says_that_its_files_are_not_known(wire, old):
    (file,) = wire.files(old).values()
    assert (file["state"], file["error"]) == ("FAILED", "The file is not known any more.")


@pytest.mark.parametrize("call", ["release", "cancel"])
def test_what_is_done_to_it_does_no_harm(wire, old, call):
    where = f"release/{old}" if call == "release" else f"stage/{old}/cancel"
    assert wire.post(where, f"{PREFIX}/a").status == 200


def test_it_can_be_deleted(wire, old):
    assert wire.call("DELETE", f"{AT}/stage/{old}").status == 200
    assert wire.call("GET", f"{AT}/stage/{old}").status == 404


def test_it_is_forgotten_here_too_and_others_are_not(wire, old):
    world = wire.world
    world.put("T1", "b")
    young = wire.stage(f"{PREFIX}/b")
    before = world.clock.now() + timedelta(days=1)
    with world.database.transaction() as conn:
        assert store.forget(conn, before=before, limit=100) == 1
    assert wire.call("GET", f"{AT}/stage/{old}").status == 404
    assert wire.call("GET", f"{AT}/stage/{young}").status == 200
    world.turn()
