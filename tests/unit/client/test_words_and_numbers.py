"""Durations, sizes, times, exit codes: the small words the command speaks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation_client import durations, exit_codes, moments, sizes
from waystation_client.exit_codes import ExitCode

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7d", 604_800), ("1w2d", 777_600), ("36h", 129_600), ("1.5h", 5_400), (" 90 m ", 5_400)],
)
def test_durations_are_read_as_people_write_them(text, seconds):
    assert durations.parse(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "7days", "-3h", "0s", "3h;", "7d x"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="7d"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5340, "89 min"), (7500, "2 h 5 min"),
     (7200, "2 h"), (172_800, "2 d"), (180_000, "2 d 2 h"), (-5, "0 s")],
)  # fmt: skip
def test_durations_are_said_in_two_units_at_most(seconds, words):
    assert durations.words(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(None, "unknown"), (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1_250_000, "1.25 MB"),
     (999_600_000, "1.00 GB"), (18_000_000_000_000, "18.0 TB"), (10**21, "1000 EB")],
)  # fmt: skip
def test_sizes_have_three_digits_and_decimal_units(size, words):
    assert sizes.words(size) == words


@given(st.integers(min_value=0, max_value=10**18))
def test_a_size_is_never_longer_than_eight_characters(size):
    assert len(sizes.words(size)) <= 8


def test_times_are_taken_absolute_or_from_now():
    assert moments.parse("+36h", NOW) == NOW + timedelta(hours=36)
    assert moments.parse("2026-11-22T08:00+00:00", NOW) == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert moments.wire(NOW) == "2026-11-21T04:00:00Z"


@pytest.mark.parametrize("text", ["tomorrow", "+x", "2020-01-01", "2026-11-21T04:00:00Z"])
def test_a_time_that_cannot_be_meant_is_refused(text):
    with pytest.raises(ValueError, match=r"is not a (time|duration)|in the past"):
        moments.parse(text, NOW)


def test_every_exit_code_is_explained_and_every_problem_has_one():
    assert set(exit_codes.MEANINGS) == set(ExitCode)
    codes = "unauthenticated forbidden not-found malformed too-large conflict confirm-needed"
    for code in [*codes.split(), "limit-reached", "unavailable"]:
        assert code in exit_codes.BY_PROBLEM
    assert exit_codes.for_problem("never heard of") is ExitCode.UNAVAILABLE
    assert exit_codes.for_state("partial") is ExitCode.SOME_FAILED
    assert exit_codes.for_state("complete") is ExitCode.OK
