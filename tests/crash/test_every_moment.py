"""Whole stories, killed after every commit and around every call, each time told to their end."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from crash.world import START, World, live
from waystation.domains.staging.entities import Residency
from waystation.kernel.errors import ConflictError

MOST = 400
SOON = START + timedelta(hours=1)
Act = Callable[[World], object]


def submit(*names: str, by: str = "ana", **more: object) -> Act:
    """Somebody asks; their client asks again after a crash, under the same name."""

    def act(world: World) -> object:
        who = getattr(world, by)
        return world.ask(*names, who=who, external_id=f"{by}:{','.join(names)}", **more)

    return act


def change(verb: str, request_id: int, by: str = "ana") -> Act:
    """Somebody changes a request; a client that asks again may hear that it is done."""

    def act(world: World) -> None:
        with suppress(ConflictError):
            getattr(world.staging, verb)(getattr(world, by), request_id)

    return act


def turn(world: World) -> None:
    world.turn()


def later(**length: float) -> Act:
    return lambda world: world.clock.forward(**length)


def tape(deed: str, *args: object) -> Act:
    """Something happens at the tape system, whoever is alive."""
    return lambda world: getattr(world.tape, deed)(*args)


def slow(world: World) -> None:
    world.tape.instant = False


def quick(world: World) -> None:
    world.tape.instant = True
    world.tape.bring()


def spoil(world: World) -> None:
    world.tape.bad["/arc/b"] = "read error"


def mend(world: World) -> None:
    world.tape.bad.clear()


def evict(world: World) -> None:
    world.tape.set("/arc/a", Residency.NEARLINE)
    world.clock.forward(minutes=5)


@dataclass(frozen=True)
class Story:
    """What happens, and how it must end.

    Attributes:
        acts: in order, after six files were put on two tapes.
        ends: state of each request.
        files: states of each request's files.
        again: files that a recall list may name more than once, because they must be.
        twice: files that may be told as online more than once.
    """

    acts: list[Act]
    ends: list[str]
    files: list[list[str]]
    again: frozenset[str] = frozenset()
    twice: int = 0
    on_disk: set[str] = field(default_factory=set)


UP, GONE, BAD, BACK = "online", "released", "failed", "cancelled"

STORIES = {
    "plain": Story([submit(*"abcdef"), turn], ["complete"], [[UP] * 6], on_disk=set("abcdef")),
    "two want the same": Story(
        [submit("a", "b", "d"), submit("b", "d", "e", by="ben"), turn],
        ["complete"] * 2,
        [[UP] * 3] * 2,
        on_disk=set("abde"),
    ),
    "one joins while the other is read": Story(
        [slow, submit("a", "b"), turn, submit("b", "c", by="ben"), turn, quick, turn],
        ["complete"] * 2,
        [[UP] * 2] * 2,
        on_disk=set("abc"),
    ),
    "cancelled in the queue and at the tape": Story(
        [
            *(slow, submit("a", "b", "d"), turn, submit("b", "c", by="ben")),
            *(change("cancel", 1), turn, quick, turn),
        ],
        ["cancelled", "complete"],
        [[BACK] * 3, [UP] * 2],
        on_disk=set("bc"),
    ),
    "fails, then is tried again by hand": Story(
        [
            *(spoil, submit("a", "b"), turn, later(hours=2), turn, later(hours=2), turn),
            *(mend, change("retry", 1), turn),
        ],
        ["complete"],
        [[UP] * 2],
        again=frozenset("b"),
        on_disk=set("ab"),
    ),
    "evicted behind our back": Story(
        [
            *(slow, submit("a", "b", "d"), turn, tape("bring", 1), turn, evict),
            *(quick, turn),
        ],
        ["complete"],
        [[UP] * 3],
        again=frozenset("a"),
        twice=1,
        on_disk=set("abd"),
    ),
    "given back": Story(
        [submit("a", "b"), submit("b", by="ben"), turn, change("release", 1), turn],
        ["complete"] * 2,
        [[GONE] * 2, [UP]],
    ),
    "the pin ends": Story(
        [submit("a", "b", pin_lifetime_s=3600), turn, later(hours=2), turn],
        ["complete"],
        [[GONE] * 2],
    ),
    "its time runs out": Story(
        [slow, submit("a", "d", expires=SOON), turn, later(hours=2), turn, quick, turn],
        ["expired"],
        [[BAD] * 2],
    ),
    "the tape system forgets": Story(
        [slow, submit("a", "b"), turn, tape("forget"), quick, turn],
        ["complete"],
        [[UP] * 2],
        again=frozenset("ab"),
        on_disk=set("ab"),
    ),
}


@pytest.fixture
def world(dsn):
    made = World(dsn)
    yield made
    made.close()


@pytest.mark.parametrize("name", STORIES)
def test_killed_anywhere_it_ends_as_it_would_have(world, name):
    story = STORIES[name]
    for place in range(MOST):
        world.reset(place)
        world.put("T1", "a", "b", "c")
        world.put("T2", "d", "e", "f")
        died = live(world, [*story.acts, turn])
        try:
            ended_well(world, story)
        except AssertionError as wrong:
            raise AssertionError(f"killed at {died or 'no place'}: {wrong}") from wrong
        if place and not died:
            assert place > 10, "the story has hardly any place to die at"
            return
    pytest.fail(f"killed at {MOST} places, and the story was not over")


def ended_well(world: World, story: Story) -> None:
    world.check(at_rest=True)
    numbers = range(1, len(story.ends) + 1)
    views = [world.staging.request(world.admin, n) for n in numbers]
    assert [view.state for view in views] == story.ends
    assert [world.states(n) for n in numbers] == story.files
    for n in numbers:
        assert sum(count - 1 for count in world.came(n)) <= story.twice
    sent = [path.rpartition("/")[2] for call in world.tape.calls for path in call.paths]
    twice = {name for name in sent if sent.count(name) > 1}
    assert twice <= story.again, f"recalled more than once: {twice - story.again}"
    assert len({call.key for call in world.tape.calls}) == len(world.tape.calls)
    disk = {p[-1] for p, file in world.tape.files.items() if file.residency.on_disk}
    assert story.on_disk <= disk
