"""What a rule would send, and how long; and a file that is larger than a day."""

import os
from datetime import timedelta

import pytest

from hosting.world import SPACE
from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.rules import lasts

DAY = timedelta(days=1)
NIGHTS = ("20:00-06:00",)


@pytest.mark.parametrize(
    ("size", "rate", "windows", "daily", "takes"),
    [
        (0, None, (), None, timedelta()),
        (1_000, None, (), None, None),
        (7_200, 2.0, (), None, timedelta(hours=1)),
        (2 * 86_400, 1.0, (), None, 2 * DAY),
        (5_000, 1.0, (), 1_000, timedelta(days=4, seconds=1_000)),
        (5_000, None, (), 1_000, timedelta(days=4)),
        (72_000, 1.0, NIGHTS, None, timedelta(days=1, hours=10)),
    ],
)
def test_how_long_bytes_take(size, rate, windows, daily, takes):
    assert lasts(size, rate=rate, windows=windows, daily=daily) == takes


def wanted(twins, **more: object) -> RuleInfo:
    return RuleInfo(
        name="tried",
        owner_id=twins.aye.ana.user_id,
        space=SPACE,
        target_space=SPACE,
        partners=["bee"],
        **more,  # type: ignore[arg-type]
    )


def test_a_rule_is_tried_without_making_it(twins):
    for n in range(6):
        twins.aye.put(f"{n}.dat", b"x" * 100 * (n + 1))
    twins.aye.put("other", b"y")
    rule = wanted(twins, pattern="*.dat", daily_bytes=500)
    found = twins.aye.transfers.estimate(twins.aye.admin, rule)
    assert (found.files, found.bytes, found.complete) == (6, 2_100, True)
    (part,) = found.parts
    assert part.rate is None
    assert part.seconds == 4 * DAY.total_seconds()
    assert "counts for 2 days" in part.words
    assert not twins.aye.rows("SELECT 1 FROM transfers_rule")
    assert not twins.aye.rows("SELECT 1 FROM transfers_doubt")
    twins.aye.rule()
    twins.live()
    twins.aye.change("UPDATE transfers_shipment SET submitted = finished - interval '1 second'")
    left = twins.aye.transfers.estimate_of(twins.aye.admin, "all")
    assert (left.files, left.parts[0].seconds) == (0, 0)
    assert left.parts[0].rate is not None


def test_a_file_larger_than_a_day_goes_alone_and_counts_for_days(twins):
    size = 1_000
    twins.aye.put("small", os.urandom(size // 2))
    twins.aye.put("huge", os.urandom(2 * size))
    twins.aye.put("later", os.urandom(size // 2))
    twins.aye.rule(daily_bytes=size)
    twins.live(20)
    assert set(twins.bee.tree()) == {"small", "huge"}
    spent = [n for (n,) in twins.aye.rows("SELECT bytes FROM transfers_spent ORDER BY day")]
    assert spent == [size, size, size // 2], "at most a day's limit on each"
    words = twins.aye.rows("SELECT words FROM transfers_destination")
    assert "larger than the daily limit" in str(words[0][0])
    for _ in range(3):
        twins.aye.clock.forward(hours=23)
        twins.live(20)
    assert len(twins.bee.tree()) == 3
    assert all(n <= size for (n,) in twins.aye.rows("SELECT bytes FROM transfers_spent"))
