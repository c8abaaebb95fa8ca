"""Kind `local`: runs commands on this machine as processes of their own, which outlive ours."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands import sights, wanting
from waystation.backends.batch.hands.folder import Limits
from waystation.backends.batch.hands.program import Person, missing
from waystation.backends.batch.local import strays
from waystation.backends.batch.local.runs import Runs
from waystation.domains.jobs.entities import (
    BatchAbility,
    Blame,
    Depth,
    RunState,
    Sight,
    Taken,
    Task,
)
from waystation.domains.jobs.errors import BatchUnavailableError

_START_S = 60.0
_KEPT_S = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """What a person says of it.

    Attributes:
        name: of the cluster.
        cores: for jobs; 0 is all that this process may use.
        python: interpreter of the guards, 3.7 or later.
        run_as: user whose jobs they are; needs root. Empty is who we are.
        before: words before the guard's own, such as `systemd-run --scope`.
    """

    name: str
    cores: int = 0
    python: str = "/usr/bin/python3"
    run_as: str = ""
    before: tuple[str, ...] = ()


class LocalBatch:
    """`Batch` of this machine. Its handles are the keys of runs."""

    def __init__(self, config: LocalConfig, place: Path) -> None:
        self._config = config
        self._person = Person(config.run_as)
        self._runs = Runs(place)
        self._cores = config.cores or len(os.sched_getaffinity(0))
        self._memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    @property
    def ability(self) -> BatchAbility:
        """As the port promises."""
        return BatchAbility(shares_folder=True, queues=False, most=1000, remembers_s=_KEPT_S)

    def check_config(self) -> list[str]:
        """As the port promises."""
        config = self._config
        return missing([config.python, *config.before[:1]]) + self._person.complaints()

    def objection(self, task: Task) -> str | None:
        """As the port promises."""
        words = wanting.objection(task)
        needs = task.resources
        if words:
            return words
        if needs.cpus > self._cores:
            return f"It needs {needs.cpus} cores; {self.name} has {self._cores}."
        if needs.memory > self._memory:
            return f"It needs {needs.memory} bytes of memory; {self.name} has {self._memory}."
        if needs.gpus:
            return f"{self.name} has no GPUs for jobs."
        if task.queue:
            return f"{self.name} has no queue {task.queue}, nor any other."
        return None

    def wants(self, owner: int) -> str | None:
        """As the port promises: nothing."""
        del owner
        return None

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        taken: dict[str, Taken] = {}
        starting: list[subprocess.Popen[bytes]] = []
        problem: OSError | None = None
        with self._runs.alone():
            _, used = self._runs.cores()
            for task in tasks:
                before = len(starting)
                try:
                    taken |= self._take(task, self._cores - used, starting)
                except OSError as one:
                    problem = one
                used += task.resources.cpus if len(starting) > before else 0
        for each in starting:
            self._background(each)
        if problem is not None and not taken:
            raise BatchUnavailableError(
                f"Jobs cannot be started: {problem.filename or 'here'}: {problem.strerror}."
            ) from problem
        return taken

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """As the port promises."""
        with self._runs.alone():
            return {task.key: task.key for task in tasks if self._begun(task)}

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """As the port promises."""
        return {key: self._sight(key, folder) for key, folder in runs.items()}

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises: folders are shared."""
        del runs
        return {}

    def cancel(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        for key in handles:
            self._runs.end(key)

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        alive = [key for key in handles if not self._runs.forget(key)]
        if alive:
            raise BatchUnavailableError(
                f"{len(alive)} of them still run.", advice="They are forgotten when they ended."
            )

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises."""
        del handle
        return folders.tail(folder, stream, offset, limit)

    def depth(self) -> Depth:
        """As the port promises."""
        running, used = self._runs.cores()
        words = " ".join(self.check_config())
        return Depth(self._cores, max(0, self._cores - used), 0, running, not words, words)

    def close(self) -> None:
        """As the port promises: nothing is held."""

    def _take(
        self, task: Task, free: int, starting: list[subprocess.Popen[bytes]]
    ) -> dict[str, Taken]:
        """What becomes of one; nothing when there are not so many cores free.

        Raises:
            OSError: it cannot be started.
        """
        words = self.objection(task)
        if words:
            return {task.key: Taken(words=words)}
        if not self._begun(task):
            if task.resources.cpus > free:
                return {}
            starting += self._start(task)
        return {task.key: Taken(task.key)}

    @staticmethod
    def _background(child: subprocess.Popen[bytes]) -> None:
        """Until a guard that was started stands on its own."""
        try:
            child.wait(_START_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _begun(self, task: Task) -> bool:
        """Whether it runs or ran; a start that a death cut off is none."""
        return self._runs.known(task.key) and (
            self._runs.alive(task.key) or folders.trace(task.folder).claimed
        )

    def _start(self, task: Task) -> list[subprocess.Popen[bytes]]:
        """Its guard, which goes on in the background as soon as it is there."""
        config, needs = self._config, task.resources
        folders.lay(task, Limits(needs.time_s, needs.memory), self._person.owner)
        lock = self._runs.open(task.key, needs.cpus)
        if lock is None:
            return []
        runner = str(task.folder / folders.WAY / "runner.py")
        try:
            child = subprocess.Popen(
                [*config.before, config.python, "-I", "-S", runner, str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                env=self._person.environment,
                cwd="/",
                start_new_session=True,
                **self._person.become,
            )
        finally:
            os.close(lock)
        return [child]

    def _sight(self, key: str, folder: Path) -> Sight:
        alive = self._runs.alive(key)
        trace = folders.trace(folder)
        if trace.ended:
            return sights.from_end(trace.ended)
        if alive:
            return sights.running(trace) if trace.began else Sight(RunState.QUEUED)
        trace = folders.trace(folder)  # it may have ended between our two looks
        if trace.ended:
            return sights.from_end(trace.ended)
        if self._runs.marked(key):
            strays.end(key)
            return Sight(RunState.CANCELLED, words="It was told to end.", blame=Blame.NONE)
        if trace.claimed:
            strays.end(key)  # it may be run elsewhere now
            words = "Its guard is gone: this machine was restarted, or somebody ended it."
            return sights.broken(trace, words)
        return Sight(RunState.GONE, words="It never began here.")
