"""News that comes by itself, with whoever listens killed between any two steps."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import psycopg
import pytest

from crash.world import BACKEND, ROOT, START, Fate, World, live
from waystation.domains.staging.controller import hear
from waystation.domains.staging.entities import FileReport, Outcome, Residency
from waystation.domains.staging.ports import News, NewsBatch, Place, Poison
from waystation.domains.staging.store import heard
from waystation_testing.memory_tape import ABILITIES, MemoryTape

pytestmark = pytest.mark.slow

MOST = 300
HIDDEN = replace(ABILITIES, sees_tape=False, sees_position=False, slots=8)


class Stream:
    """A log and one committed place in it, as a broker keeps them; outlives who listens."""

    def __init__(self) -> None:
        self.log: list[tuple[Place, News | Poison]] = []
        self.committed = 0

    def say(self, told: News | Poison, written_ms: int) -> None:
        self.log.append((Place("t/0", len(self.log), written_ms), told))

    def lose_everything(self) -> None:
        self.log.clear()
        self.committed = 0


class Listener:
    """A `NewsSource` on a stream, for one life; its process may die around every call."""

    def __init__(self, stream: Stream, fate: Fate, most: int) -> None:
        self._stream = stream
        self._fate = fate
        self._most = most
        self._at = stream.committed

    def take(self, limit: int, wait_s: float) -> NewsBatch:
        del wait_s
        self._fate.passes("before take")
        found = self._stream.log[self._at : self._at + min(limit, self._most)]
        self._at += len(found)
        self._fate.passes("after take")
        return NewsBatch(tuple(found), self._at)

    def commit(self, batch: NewsBatch) -> None:
        self._fate.passes("before commit of news")
        assert isinstance(batch.mark, int)
        self._stream.committed = batch.mark
        self._fate.passes("after commit of news")

    def close(self) -> None:
        """Nothing is open."""


class HearingWorld(World):
    """Nobody polls here: what comes is known from the stream alone."""

    def __init__(self, dsn: str, most: int = 2) -> None:
        self.stream = Stream()
        self.most = most
        super().__init__(dsn)

    def build(self) -> None:
        super().build()
        self.source = Listener(self.stream, self.fate, self.most)

    def reset(self, place: int) -> None:
        self.stream = Stream()
        super().reset(0)
        with psycopg.connect(self.dsn, autocommit=True) as conn:
            conn.execute("DELETE FROM staging_deadletter")
            conn.execute("DELETE FROM staging_newsmark")
        self.tape = MemoryTape(instant=False, abilities=HIDDEN)
        for name in "abcdef":
            path = f"{ROOT}/{name}"
            self.tape.files[path] = FileReport(path, Residency.NEARLINE, 1_000)
        self.build()
        self.fate.place = place
        self.fate.passed.clear()

    def say(self, told: News | Poison) -> None:
        """A message is written to the stream now."""
        self.stream.say(told, int(self.clock.at.timestamp() * 1000))

    def step_names(self) -> list[str]:
        return [*(name for name in super().step_names() if name != "poll"), "hear"]

    def step(self, wanted: str) -> int:
        if wanted != "hear":
            return super().step(wanted)
        return hear.step(self.post, self.source)


def ask(*names: str) -> Callable[[HearingWorld], object]:
    return lambda world: world.ask(*names, external_id=",".join(names))


def turn(world: HearingWorld) -> None:
    world.turn()


def come(*names: str) -> Callable[[HearingWorld], None]:
    """Files are on disk, and a message says so."""

    def act(world: HearingWorld) -> None:
        for name in names:
            world.tape.set(f"{ROOT}/{name}", Residency.BOTH)
            world.say(News(f"{ROOT}/{name}", Outcome.ONLINE))

    return act


def say(*names: str, outcome: Outcome = Outcome.FAILED, key: str | None = None):
    """A message that may be true or not."""
    words = "" if outcome is Outcome.ONLINE else "media error"
    told = [News(f"{ROOT}/{name}", outcome, words, key) for name in names]
    return lambda world: [world.say(one) for one in told]


def poison(world: HearingWorld) -> None:
    world.say(Poison("no JSON", "rubbish"))


def later(world: HearingWorld) -> None:
    world.clock.forward(minutes=5)


@dataclass(frozen=True)
class Story:
    """What happens and how it must end: the request's state, its files', dead letters."""

    acts: list[Callable[[HearingWorld], object]]
    files: list[str]
    end: str = "complete"
    letters: int = 0


UP, BAD = "online", "failed"
STORIES = {
    "all come": Story([ask(*"abc"), turn, come(*"abc"), turn], [UP] * 3),
    "doubled": Story([ask(*"ab"), turn, come(*"ab"), come(*"ba"), turn], [UP] * 2),
    "poison, and those behind it": Story(
        [ask(*"ab"), turn, poison, come("a"), poison, come("b"), turn], [UP] * 2, letters=2
    ),
    "names that nobody waits for": Story(
        [say(*"xyz", outcome=Outcome.ONLINE), ask("a"), turn, say(*"xyz"), come("a"), turn], [UP]
    ),
    "an error after it came": Story(
        [ask(*"ab"), turn, come("a"), turn, say("a"), come("b"), turn], [UP] * 2
    ),
    "an error, then it comes": Story(
        [ask(*"ab"), turn, say("a"), turn, later, turn, come(*"ab"), turn], [UP] * 2
    ),
    "an error twice": Story(
        [ask(*"ab"), turn, come("b"), say("a"), turn, later, turn, say("a"), turn],
        [BAD, UP],
        "partial",
    ),
    "the key of another list": Story(
        [ask("a"), turn, say("a", key="w-other"), turn, come("a"), turn], [UP]
    ),
}


@pytest.fixture
def world(dsn):
    made = HearingWorld(dsn)
    yield made
    made.close()


@pytest.mark.parametrize("name", STORIES)
def test_a_listener_killed_anywhere_hears_all_and_nothing_twice(world, name):
    story = STORIES[name]
    for place in range(MOST):
        world.reset(place)
        died = live(world, [*story.acts, turn])
        try:
            world.check(at_rest=True)
            assert world.states(1) == story.files
            assert world.staging.request(world.admin, 1).state == story.end
            assert all(count == 1 for count in world.came(1))
            letters = world.rows("SELECT count(*) FROM staging_deadletter")
            assert letters == [(story.letters,)]
            assert world.stream.committed == len(world.stream.log)
        except AssertionError as wrong:
            raise AssertionError(f"killed at {died or 'no place'}: {wrong}") from wrong
        if place and not died:
            assert place > 10, "the story has hardly any place to die at"
            return
    pytest.fail(f"killed at {MOST} places, and the story was not over")


def test_a_list_whose_files_all_came_is_ended_without_a_poll(world):
    world.reset(0)
    for act in (ask(*"ab"), turn, come("a")):
        act(world)
    world.turn()
    assert world.rows("SELECT stage, n_online FROM staging_recalllist") == [(1, 1)]
    come("b")(world)
    world.turn()
    assert world.rows("SELECT stage, n_online FROM staging_recalllist") == [(2, 2)]


def test_a_broker_that_lost_its_log_says_the_same_numbers_again(world):
    world.reset(0)
    for act in (ask(*"ab"), turn, poison, come("a"), turn):
        act(world)
    world.stream.lose_everything()
    world.build()
    world.say(Poison("no JSON", "other rubbish"))
    come("b")(world)
    world.turn()
    assert world.states(1) == [UP, UP]
    assert world.rows("SELECT count(*) FROM staging_deadletter") == [(2,)]


def test_dead_letters_do_not_fill_the_disk(world, monkeypatch):
    world.reset(0)
    monkeypatch.setattr(heard, "KEPT_LETTERS", 3)
    for round_ in range(3):
        batch = NewsBatch(
            tuple((Place("t/0", 5 * round_ + n, 0), Poison("no JSON", "x")) for n in range(5))
        )
        with world.database.transaction() as conn:
            heard.hear(conn, batch, backend=BACKEND, now=START, policy=world.rules.retry)
    places = itertools.chain(*world.rows("SELECT place FROM staging_deadletter ORDER BY id"))
    assert list(places) == ["t/0@12", "t/0@13", "t/0@14"]
