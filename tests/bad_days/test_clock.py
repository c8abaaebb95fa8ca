"""The machine's clock jumps: nothing is lost, nothing is asked for twice, work goes on at once."""

import pytest

from waystation.domains.staging.entities import Residency


@pytest.mark.parametrize("moment", ["before", "queued", "at the tape"])
@pytest.mark.parametrize("jump", [{"days": -1}, {"hours": -3}, {"days": 20}, {"hours": 1}])
def test_a_jump_at_any_moment(world, moment, jump):
    world.put("T1", "a", "b")
    world.tape.instant = moment != "at the tape"
    made = world.ask("a", "b")
    if moment == "queued":
        for name in ("join", "locate"):
            world.step(name)
    if moment == "at the tape":
        world.turn(rounds=3)
    world.clock.forward(**jump)
    world.tape.instant = True
    world.tape.bring()
    world.turn(rounds=12)
    view = world.staging.request(world.ana, made.request.id)
    assert view.state == "complete", (moment, jump, world.states(made.request.id))
    assert len(world.tape.calls) == 1
    world.check(at_rest=True)


def test_a_worker_that_died_just_before_the_clock_went_back(world):
    """Its lease ends a day ahead by the new time; nobody waits that long."""
    world.put("T1", "a")
    world.tape.instant = False
    made = world.ask("a")
    world.turn(rounds=3)
    # Claimed for a look, and the claimer is gone.
    world.rows("SELECT 1")
    with world.database.transaction() as conn:
        lease = world.clock.now() + world.rules.lease
        conn.execute("UPDATE staging_recalllist SET due = %s", [lease])
        conn.execute("UPDATE staging_request SET lease = %s", [lease])
    world.clock.forward(days=-1)
    world.tape.bring()
    world.turn(rounds=12)
    assert world.staging.request(world.ana, made.request.id).state == "complete"


def test_a_month_ahead_ends_pins_and_requests_and_back_again_loses_nothing(world):
    world.put("T1", "a", "b")
    world.tape.instant = False
    done, open_ = world.ask("a"), world.ask("b")
    world.turn(rounds=3)
    world.tape.set("/arc/a", Residency.BOTH)
    world.clock.forward(days=31)
    world.turn(rounds=6)
    world.clock.forward(days=-31)
    world.tape.instant = True
    world.tape.bring()
    world.turn(rounds=12)
    for made in (done, open_):
        view = world.staging.request(world.ana, made.request.id)
        assert view.state in {"complete", "expired"}
        if view.state == "expired":
            world.staging.retry(world.ana, view.id)
    world.turn()
    for made in (done, open_):
        assert world.staging.request(world.ana, made.request.id).state == "complete"
    world.check(at_rest=True)
