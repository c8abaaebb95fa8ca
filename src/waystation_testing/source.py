"""The contract of `Source`: everything that gives us jobs must pass it.

A back end's author subclasses `SourceContract` in a test module and gives it a fixture `world`:

    class TestMine(SourceContract):
        @pytest.fixture
        def world(self, tmp_path):
            return MyWorld(tmp_path)
"""

from collections.abc import Sequence
from typing import Protocol

import pytest

from waystation.domains.jobs.entities import Blame, Offer, Report, Stage
from waystation.domains.jobs.errors import SourceUnavailableError
from waystation.domains.jobs.ports import Source


class SourceWorld(Protocol):
    """A source, and the other side of it."""

    def source(self) -> Source:
        """The same, as a process that has just begun sees it."""
        ...

    def add(self, number: int) -> str:
        """One more job there; its name."""
        ...

    def add_broken(self, number: int) -> str:
        """One that cannot be run."""
        ...

    def recover(self) -> None:
        """What was given and never kept can be had again now; it may take hours there."""
        ...

    def state(self, name: str) -> Stage | None:
        """What it has heard of a job last; None of nothing."""
        ...

    def stop(self, name: str) -> None:
        """Somebody there wants it stopped."""
        ...

    def cut(self) -> None:
        """It does not answer from now on."""
        ...


class SourceContract:
    """What every source promises."""

    def test_jobs_are_offered_with_a_name_and_a_wish(self, world: SourceWorld) -> None:
        names = {world.add(n) for n in range(1, 6)}
        offers = _all(world.source())
        assert {each.foreign_id for each in offers} == names
        assert all(each.wish is not None and each.wish.command for each in offers)
        assert all(each.wish is not None and each.wish.literal for each in offers)

    def test_no_more_than_were_asked_for(self, world: SourceWorld) -> None:
        names = {world.add(n) for n in range(1, 8)}
        source = world.source()
        first = source.take(3)
        assert len(first) == 3
        source.kept([each.foreign_id for each in first])
        rest = source.take(100)
        assert {each.foreign_id for each in [*first, *rest]} == names

    def test_nothing_is_nothing(self, world: SourceWorld) -> None:
        assert list(world.source().take(10)) == []
        assert dict(world.source().tell([])) == {}

    def test_what_cannot_be_read_is_said_and_spoils_no_other(self, world: SourceWorld) -> None:
        good, bad = world.add(1), world.add_broken(2)
        offers = {each.foreign_id: each for each in _all(world.source())}
        assert offers[good].wish is not None
        assert offers[bad].wish is None
        assert offers[bad].words

    def test_what_was_not_kept_is_offered_again(self, world: SourceWorld) -> None:
        names = {world.add(n) for n in range(1, 4)}
        assert {each.foreign_id for each in world.source().take(10)} == names
        world.recover()
        assert {each.foreign_id for each in _all(world.source())} == names

    def test_what_was_kept_and_told_of_is_not(self, world: SourceWorld) -> None:
        name = world.add(1)
        source = world.source()
        source.take(10)
        source.kept([name])
        source.kept([name])
        source.tell([Report(name, Stage.WAITING, request_id=1)])
        world.recover()
        assert list(world.source().take(10)) == []

    @pytest.mark.parametrize("last", [Stage.DONE, Stage.FAILED, Stage.CANCELLED])
    def test_it_hears_all_stages_to_the_last(self, world: SourceWorld, last: Stage) -> None:
        name = world.add(1)
        source = world.source()
        source.take(1)
        source.kept([name])
        for stage in (Stage.WAITING, Stage.STARTING, Stage.RUNNING, last):
            blame = Blame.USER if stage is Stage.FAILED else Blame.NONE
            report = Report(name, stage, 7, 1, "Words.", blame, exit_code=3, cluster="c")
            answer = source.tell([report])[name]
            assert (answer.heard, answer.stop) == (True, False)
        heard = world.state(name)
        assert heard is not None
        assert heard.over
        assert (heard is Stage.DONE) == (last is Stage.DONE)

    def test_the_last_word_twice_changes_nothing(self, world: SourceWorld) -> None:
        name = world.add(1)
        world.source().take(1)
        for _ in range(2):
            answer = world.source().tell([Report(name, Stage.DONE, 7, 1, exit_code=0)])
            assert answer[name].heard
        assert world.state(name) is Stage.DONE
        assert list(world.source().take(10)) == []

    def test_a_stop_comes_with_a_heartbeat(self, world: SourceWorld) -> None:
        one, other = world.add(1), world.add(2)
        source = world.source()
        source.take(2)
        source.kept([one, other])
        running = [Report(name, Stage.RUNNING, 7, 1) for name in (one, other)]
        source.tell(running)
        world.stop(one)
        answers = source.tell(running)
        assert [answers[name].stop for name in (one, other)] == [True, False]

    def test_away_is_said(self, world: SourceWorld) -> None:
        name = world.add(1)
        world.cut()
        source = world.source()
        with pytest.raises(SourceUnavailableError):
            source.take(1)
        with pytest.raises(SourceUnavailableError):
            source.tell([Report(name, Stage.RUNNING, 7, 1)])

    def test_it_can_be_closed_twice(self, world: SourceWorld) -> None:
        source = world.source()
        source.close()
        source.close()


def _all(source: Source) -> Sequence[Offer]:
    return source.take(100)
