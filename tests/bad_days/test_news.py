"""A tape system that repeats or contradicts itself, speaks late, stops whole lists only."""

from dataclasses import replace

import pytest

from crash.world import BACKEND, World
from waystation.domains.staging.controller.steps import steps
from waystation.domains.staging.entities import (
    Ask,
    FileOutcome,
    ListReport,
    ListState,
    Outcome,
    Residency,
)
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.domains.staging.service import Staging
from waystation_testing.memory_tape import MemoryTape


class Chatty(MemoryTape):
    """Adds news of its own to every report, before or after the true ones."""

    def __init__(self, early=(), late=()):
        super().__init__()
        self.early, self.late = tuple(early), tuple(late)

    def poll(self, handles):
        return [
            replace(report, files=(*self.early, *report.files, *report.files, *self.late))
            for report in super().poll(handles)
        ]


class WholeListsOnly(MemoryTape):
    """Stops a list only when all that is left of it is named, as Spectrum Archive does."""

    def cancel(self, handle, paths):
        sent = self._lists.get(handle)
        if sent is not None and set(sent.open) <= set(paths):
            super().cancel(handle, paths)


class HalfDead(MemoryTape):
    """Answers the first `good` calls of a kind and then no more."""

    def __init__(self, kind: str, good: int) -> None:
        super().__init__()
        self.kind, self.good = kind, good

    def __getattribute__(self, name):
        if name == super().__getattribute__("kind"):
            self.good -= 1
            if self.good < 0:
                raise BackendUnavailableError("it does not answer")
        return super().__getattribute__(name)


def on(world: World, tape: MemoryTape) -> World:
    """The same house with another tape system."""
    world.tape = tape
    world.build()
    world.put("T1", "a", "b", "c")
    world.put("T2", "d", "e")
    return world


FAILED = FileOutcome("/arc/a", Outcome.FAILED, "no")
ONLINE = FileOutcome("/arc/b", Outcome.ONLINE)


@pytest.mark.parametrize("early", [(), (FAILED,), (FAILED, FAILED, ONLINE)])
@pytest.mark.parametrize("late", [(), (FAILED,), (ONLINE, FAILED)])
def test_doubled_and_contradicting_news_change_nothing_that_is_on_disk(world, early, late):
    on(world, Chatty(early, late))
    made = world.ask("a", "b")
    world.turn()
    assert world.states(made.request.id) == ["online"] * 2
    assert world.came(made.request.id) == [1, 1]
    world.check(at_rest=True)


def test_news_of_files_that_nobody_asked_for_are_passed_over(world):
    on(
        world,
        Chatty([FileOutcome("/etc/passwd", Outcome.ONLINE), FileOutcome("", Outcome.FAILED)]),
    )
    made = world.ask("a")
    world.turn()
    assert world.staging.request(world.ana, made.request.id).state == "complete"


def test_called_recalled_but_not_on_disk_is_not_believed(world):
    on(world, Chatty([FileOutcome("/arc/b", Outcome.ONLINE)]))
    world.tape.bad["/arc/b"] = "read error"
    made = world.ask("a", "b")
    world.turn()
    assert world.states(made.request.id) == ["online", "queued"]


def test_a_failure_that_comes_late_does_not_take_an_online_file_back(world):
    on(world, MemoryTape())
    made = world.ask("a", "b")
    world.turn()
    world.tape._lists[world.tape.calls[0].key].news.append(FAILED)
    late = ListReport(world.tape.calls[0].key, ListState.ENDED, (FAILED,))
    world.tape.poll = lambda _: [late]
    world.clock.forward(minutes=10)
    world.turn()
    assert world.states(made.request.id) == ["online"] * 2


def test_half_of_a_list_fails_and_the_rest_is_there_at_once(world):
    on(world, MemoryTape())
    world.tape.bad.update({"/arc/a": "bad spot", "/arc/b": "bad spot"})
    made = world.ask("a", "b", "c", "d")
    world.turn(rounds=4)
    assert world.states(made.request.id) == ["queued", "queued", "online", "online"]
    world.tape.bad.clear()
    world.clock.forward(minutes=10)
    world.turn()
    assert world.staging.request(world.ana, made.request.id).state == "complete"


@pytest.mark.parametrize("kind", ["locate", "recall", "poll", "cancel", "release"])
@pytest.mark.parametrize("good", [0, 1, 2])
def test_it_dies_between_two_calls_and_comes_back(world, kind, good):
    on(world, HalfDead(kind, good))
    made = world.ask("a", "b", "d", pin_lifetime_s=7200)
    for _ in range(3):
        world.turn(rounds=6)
        world.check()
        assert "failed" not in world.states(made.request.id)
    world.tape.good = 10**6
    world.clock.forward(minutes=10)
    world.turn()
    assert world.staging.request(world.ana, made.request.id).state == "complete"
    assert max(len([c for c in world.tape.calls if f"/arc/{n}" in c.paths]) for n in "abd") == 1


def test_a_list_that_is_refused_is_tried_again_and_then_given_up_in_words(world):
    on(world, MemoryTape())
    world.tape.refuses = "the pool is closed"
    made = world.ask("a")
    for _ in range(3):
        world.turn()
        world.clock.forward(hours=2)
    view = world.staging.request(world.ana, made.request.id)
    assert view.state == "failed"
    assert world.staging.errors(world.ana, view.id)[0].words == "the pool is closed"
    world.check(at_rest=True)


def test_a_long_list_with_news_all_along_is_never_given_up(world):
    """A list of twenty thousand files takes longer than the patience with a silent one."""
    on(world, MemoryTape(instant=False))
    made = world.ask("a", "b", "c")
    world.turn()
    for _ in range(3):
        world.clock.forward(hours=4)
        world.tape.bring(1)
        world.turn(rounds=3)
    assert world.staging.request(world.ana, made.request.id).state == "complete"
    assert len(world.tape.calls) == 1, "files were asked for twice while they came"


def test_files_given_up_one_by_one_stop_a_list_that_can_only_be_stopped_whole(world):
    on(world, WholeListsOnly(instant=False))
    made = world.ask("a", "b")
    world.turn()
    for name in "ab":
        world.staging.cancel(world.ana, made.request.id, [f"/arc/{name}"])
        world.turn(rounds=3)
    assert sorted(world.tape.cancelled) == ["/arc/a", "/arc/b"]


def test_evicted_again_while_an_evicted_file_came_back(world):
    """Complete is said only of files that were seen on disk lately, whatever happened between."""
    on(world, MemoryTape())
    world.tape.instant = False
    made = world.ask("a", "b", "d")
    world.turn()
    world.tape.bring(1)
    world.turn(rounds=3)
    world.tape.set("/arc/a", Residency.NEARLINE)
    world.clock.forward(hours=1)
    world.tape.bring()
    world.turn(rounds=8)
    world.tape.set("/arc/b", Residency.NEARLINE)
    world.clock.forward(hours=1)
    world.tape.instant = True
    world.tape.bring()
    world.turn()
    view = world.staging.request(world.ana, made.request.id)
    assert view.state == "complete"
    assert all(world.tape.files[f"/arc/{n}"].residency.on_disk for n in "abd")


def test_each_tape_system_hears_of_its_own_released_files(world):
    """Two tape systems, two workers: whoever finds a pin ended, the right one is told."""
    other = MemoryTape()
    other.put("/two/x", tape="T9")
    info = world.catalogue.every_store()[0]
    world.catalogue.sync_stores([info, replace(info, name="two", root="/two", backend="other")])
    both = {BACKEND: world.tape, "other": other}
    world.staging = Staging(world.database, world.clock, world.catalogue, both, world.rules)
    here, there = world.post, replace(world.post, name="other", backend=other)
    made = world.staging.submit(
        world.ana, replace(_ask(["/two/x"]), store="two", pin_lifetime_s=3600)
    )
    for _ in range(6):
        world.turn(rounds=1)
        _turn(there)
    assert world.staging.request(world.ana, made.request.id).state == "complete"
    world.clock.forward(hours=2)
    for post in (here, there):
        _turn(post)
    assert other.released == ["/two/x"]


def _ask(paths):
    return Ask(paths, "arc")


def _turn(post):
    for _, run, _ in steps(post):
        run()


def test_refused_for_good_is_a_family_of_its_own():
    assert not BackendRefusedError("x").retryable
    assert BackendUnavailableError("x").retryable
