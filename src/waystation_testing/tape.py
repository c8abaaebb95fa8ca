"""The contract of `TapeBackend`: every tape back end must pass it.

A back end's author subclasses `TapeBackendContract` in a test module and gives it a fixture
`world`: a `TapeWorld` around the real system or a look-alike on the wire.

    class TestMine(TapeBackendContract):
        @pytest.fixture
        def world(self, tmp_path):
            with MyWorld(tmp_path) as world:
                yield world
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol

import pytest

from waystation.domains.staging.entities import (
    FileOutcome,
    ListReport,
    ListState,
    Outcome,
    RecallList,
    Residency,
)
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.domains.staging.ports import TapeBackend

DRIVE_STATES = {"empty", "mounting", "reading", "idle", "unmounting", "offline", "unknown"}


class TapeWorld(Protocol):
    """A tape system under test, small and quick, with files on tape.

    Attributes:
        deadline_s: longest that one call of the back end may take when the system is silent.
        patience_s: longest that a recall of a few files may take.
    """

    deadline_s: float
    patience_s: float

    def backend(self) -> TapeBackend:
        """A new instance of the back end, as another process would have."""
        ...

    def nearline(self, count: int) -> list[str]:
        """Paths of so many files that are on tape only and that no test was given before."""
        ...

    def missing(self) -> str:
        """A path where there is no file."""
        ...

    def content_is_right(self, path: str) -> bool:
        """The bytes on disk are those that were archived."""
        ...

    def accepted(self) -> int:
        """How many recall lists the system accepted since it exists."""
        ...

    def break_file(self, path: str) -> None:
        """Make a file unreadable on its tape."""
        ...

    def hold(self) -> None:
        """Let tapes make no progress until `let_go`."""
        ...

    def let_go(self) -> None:
        """End of `hold`."""
        ...

    def die(self) -> None:
        """Let the system go away, as by kill -9."""
        ...

    def revive(self) -> None:
        """Start it again."""
        ...

    def freeze(self) -> None:
        """Let the system accept calls and not answer."""
        ...

    def thaw(self) -> None:
        """Let it answer again."""
        ...

    def recall_and_die(self, wanted: RecallList, after_s: float) -> None:
        """Call `recall` in another process and kill -9 that process after so long."""
        ...

    def wrong_settings(self) -> Mapping[str, TapeBackend]:
        """Back ends with one wrong setting each, by the subject that must be named."""
        ...


def wanted(key: str, paths: Sequence[str], **more: str) -> RecallList:
    """A recall list; the key is made unique by the paths' count and the moment."""
    return RecallList(f"{key}-{time.monotonic_ns()}", tuple(paths), **more)


def ended(world: TapeWorld, backend: TapeBackend, handle: str) -> ListReport:
    """Poll a list until it has ended; fail after the world's patience."""
    pause = threading.Event()
    until = time.monotonic() + world.patience_s
    while True:
        (report,) = backend.poll([handle])
        if report.state is ListState.ENDED:
            return report
        if time.monotonic() > until:
            break
        pause.wait(0.1)
    pytest.fail(f"list {handle} has not ended after {world.patience_s} s: {report}")


def becomes(world: TapeWorld, condition: Callable[[], bool]) -> bool:
    """Wait until something is true; False after the world's patience."""
    pause = threading.Event()
    until = time.monotonic() + world.patience_s
    while time.monotonic() < until:
        if condition():
            return True
        pause.wait(0.1)
    return condition()


def news(report: ListReport) -> dict[str, FileOutcome]:
    """Outcomes by path."""
    return {file.path: file for file in report.files}


class TapeBackendContract:
    """The promises of the port, one test each."""

    def test_locate_answers_every_path_in_the_order_asked(self, world: TapeWorld) -> None:
        paths = world.nearline(5)
        asked = [paths[3], world.missing(), *paths, paths[3]]
        reports = world.backend().locate(asked)
        assert [report.path for report in reports] == asked
        assert [report.residency for report in reports if report.path != world.missing()] == [
            Residency.NEARLINE
        ] * 7
        assert all(report.size_bytes for report in reports if report.path != world.missing())
        assert world.backend().locate([]) == []

    def test_an_unknown_file_is_missing_not_an_error(self, world: TapeWorld) -> None:
        (report,) = world.backend().locate([world.missing()])
        assert report.residency is Residency.MISSING

    def test_locate_shows_what_the_capabilities_say(self, world: TapeWorld) -> None:
        backend = world.backend()
        abilities = backend.capabilities
        assert abilities.list_limit > 0
        assert abilities.slots > 0
        for report in backend.locate(world.nearline(3)):
            assert (report.tape is not None) == abilities.sees_tape
            assert (report.position is not None) == abilities.sees_position

    def test_a_recall_brings_files_online_with_their_bytes(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(4)
        report = ended(world, backend, backend.recall(wanted("bring", paths)))
        assert {path: file.outcome for path, file in news(report).items()} == dict.fromkeys(
            paths, Outcome.ONLINE
        )
        assert all(file.residency.on_disk for file in backend.locate(paths))
        assert all(world.content_is_right(path) for path in paths)

    def test_the_same_key_starts_nothing_twice(self, world: TapeWorld) -> None:
        before, paths = world.accepted(), world.nearline(2)
        once = wanted("once", paths)
        handle = world.backend().recall(once)
        assert world.backend().recall(once) == handle
        ended(world, world.backend(), handle)
        assert world.backend().recall(once) == handle
        assert world.accepted() == before + 1

    def test_the_same_key_at_the_same_time_starts_nothing_twice(self, world: TapeWorld) -> None:
        before, once = world.accepted(), wanted("race", world.nearline(2))
        with ThreadPoolExecutor(4) as callers:
            handles = list(callers.map(lambda _: world.backend().recall(once), range(4)))
        assert len(set(handles)) == 1
        assert world.accepted() == before + 1

    @pytest.mark.parametrize("after_s", [0.0, 0.15, 0.25, 0.3, 0.35, 0.5])
    def test_a_caller_killed_in_recall_leaves_one_task(
        self, world: TapeWorld, after_s: float
    ) -> None:
        before, paths = world.accepted(), world.nearline(2)
        once = wanted("killed", paths)
        world.recall_and_die(once, after_s)
        backend = world.backend()
        handle = backend.recall(once)
        assert len(news(ended(world, backend, handle))) == len(paths)
        assert world.accepted() == before + 1

    def test_poll_answers_every_handle(self, world: TapeWorld) -> None:
        backend = world.backend()
        handle = backend.recall(wanted("poll", world.nearline(1)))
        asked = ["no-such-handle", handle, "99999@1999-01-01T00:00:00"]
        reports = backend.poll(asked)
        assert [report.handle for report in reports] == asked
        assert reports[0].state is reports[2].state is ListState.UNKNOWN
        assert reports[1].state is not ListState.UNKNOWN
        assert backend.poll([]) == []

    def test_a_failure_is_told_for_the_file_and_the_rest_comes(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(4)
        world.break_file(paths[1])
        report = ended(world, backend, backend.recall(wanted("partial", paths)))
        outcomes = news(report)
        assert outcomes[paths[1]].outcome is Outcome.FAILED, outcomes[paths[1]]
        assert outcomes[paths[1]].words
        good = [path for path in paths if path != paths[1]]
        assert [outcomes[path].outcome for path in good] == [Outcome.ONLINE] * 3

    def test_a_file_that_does_not_exist_does_not_harm_the_others(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(2)
        handle = backend.recall(wanted("gone", [paths[0], world.missing(), paths[1]]))
        outcomes = news(ended(world, backend, handle))
        assert outcomes[paths[0]].outcome is outcomes[paths[1]].outcome is Outcome.ONLINE
        if world.missing() in outcomes:
            assert outcomes[world.missing()].outcome is not Outcome.ONLINE

    def test_recalling_an_online_file_does_no_harm(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(2)
        ended(world, backend, backend.recall(wanted("first", paths)))
        again = news(ended(world, backend, backend.recall(wanted("again", paths))))
        assert all(file.outcome is Outcome.ONLINE for file in again.values())
        assert all(world.content_is_right(path) for path in paths)

    def test_a_file_in_another_running_list_is_no_failure(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(2)
        world.hold()
        try:
            first = backend.recall(wanted("one", paths))
            second = backend.recall(wanted("two", paths))
        finally:
            world.let_go()
        for handle in (second, first):
            report = ended(world, backend, handle)
            assert all(file.outcome is Outcome.ONLINE for file in report.files)
        assert all(file.residency.on_disk for file in backend.locate(paths))

    def test_cancel_returns_at_once(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(3)
        world.hold()
        try:
            handle = backend.recall(wanted("cancel", paths))
            began = time.monotonic()
            backend.cancel(handle, paths)
            backend.cancel("no-such-handle", paths)
            assert time.monotonic() - began < world.deadline_s
        finally:
            world.let_go()
        ended(world, backend, handle)
        backend.cancel(handle, paths)
        if backend.capabilities.cancels:
            # The first file of a tape may have begun; that is the caller's race.
            left = [file.residency.on_disk for file in backend.locate(paths)]
            assert not all(left)

    def test_release_gives_the_disk_back_and_never_the_only_copy(self, world: TapeWorld) -> None:
        backend, paths = world.backend(), world.nearline(2)
        ended(world, backend, backend.recall(wanted("release", paths)))
        backend.release([*paths, world.missing()])
        if backend.capabilities.releases:
            assert becomes(
                world,
                lambda: all(
                    file.residency is Residency.NEARLINE for file in backend.locate(paths)
                ),
            )
        ended(world, backend, backend.recall(wanted("back", paths)))
        assert all(world.content_is_right(path) for path in paths)

    @pytest.mark.parametrize(
        "name", ["--resident", "relative/name", "/a\n/etc/passwd", "/a\0b", "/x -- /etc/passwd"]
    )
    def test_names_that_could_inject_are_refused(self, world: TapeWorld, name: str) -> None:
        backend, before = world.backend(), world.accepted()
        path = world.nearline(1)[0]
        hostile = name if not name.startswith("/") else path.rpartition("/")[0] + name
        with pytest.raises(BackendRefusedError):
            backend.recall(wanted("inject", [path, hostile]))
        assert world.accepted() == before
        reports = backend.locate([hostile, path])
        assert not reports[0].residency.on_disk
        assert reports[1].residency is Residency.NEARLINE
        backend.release([hostile])

    def test_a_key_that_is_none_is_refused(self, world: TapeWorld) -> None:
        before, path = world.accepted(), world.nearline(1)[0]
        for key in ("", "../../etc/x", "A B", "x" * 65):
            with pytest.raises(BackendRefusedError):
                world.backend().recall(RecallList(key, (path,)))
        assert world.accepted() == before

    def test_check_config_finds_nothing_wrong_with_a_right_one(self, world: TapeWorld) -> None:
        findings = world.backend().check_config()
        assert findings
        assert [finding for finding in findings if not finding.ok] == []

    def test_check_config_finds_each_wrong_setting_in_plain_words(self, world: TapeWorld) -> None:
        before = world.accepted()
        for subject, backend in world.wrong_settings().items():
            wrong = [finding for finding in backend.check_config() if not finding.ok]
            assert subject.partition(":")[0] in {finding.subject for finding in wrong}, subject
            for finding in wrong:
                assert finding.words
                assert finding.mend
                assert "Traceback" not in finding.words
        assert world.accepted() == before

    def test_the_library_names_drives_in_our_words(self, world: TapeWorld) -> None:
        for drive in world.backend().library().drives:
            assert drive.name
            assert drive.state in DRIVE_STATES

    @pytest.mark.parametrize(("take", "give"), [("die", "revive"), ("freeze", "thaw")])
    def test_a_dead_or_silent_system_is_unavailable_in_time(
        self, world: TapeWorld, take: str, give: str
    ) -> None:
        backend, paths = world.backend(), world.nearline(1)
        getattr(world, take)()
        try:
            for call in (
                lambda: world.backend().locate(paths),
                lambda: backend.poll(["1000"]),
                lambda: backend.recall(wanted(f"dead-{take}", paths)),
                backend.library,
            ):
                began = time.monotonic()
                with pytest.raises(BackendUnavailableError) as caught:
                    call()
                assert caught.value.retryable
                assert time.monotonic() - began < world.deadline_s
        finally:
            getattr(world, give)()

    def test_a_recall_refused_by_a_dead_system_comes_with_the_same_key(
        self, world: TapeWorld
    ) -> None:
        paths = world.nearline(2)
        once, backend = wanted("later", paths), world.backend()
        world.die()
        with suppress(BackendUnavailableError):
            backend.recall(once)
        world.revive()
        outcomes = news(ended(world, backend, backend.recall(once)))
        assert [outcomes[path].outcome for path in paths] == [Outcome.ONLINE] * 2

    def test_a_list_running_when_the_system_dies_ends_or_is_unknown(
        self, world: TapeWorld
    ) -> None:
        backend, paths = world.backend(), world.nearline(2)
        world.hold()
        handle = backend.recall(wanted("lost", paths))
        world.die()
        world.revive()
        world.let_go()
        final = {ListState.ENDED, ListState.UNKNOWN}
        assert becomes(world, lambda: backend.poll([handle])[0].state in final)
        handle = backend.recall(wanted("anew", paths))
        ended(world, backend, handle)
        assert all(world.content_is_right(path) for path in paths)
