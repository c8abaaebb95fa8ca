"""An engine whose tasks are threads of this process: what is the same for all ways of moving."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.task import MoveError, StoppedError, Task
from waystation.backends.transfer.loads import check
from waystation.domains.transfers.entities import (
    Ability,
    Endpoint,
    Load,
    Piece,
    Progress,
    TaskState,
)
from waystation.domains.transfers.errors import (
    EngineFullError,
    EngineRefusedError,
    EngineUnavailableError,
)
from waystation.kernel.clock import Clock

log = logging.getLogger(__name__)

REMEMBERED = 200
"""Tasks that are over and still known; older ones are LOST, and looked for at the target."""


class Way(Protocol):
    """How files of one kind of endpoint are moved."""

    def check_config(self) -> list[str]:
        """As `Engine.check_config`."""
        ...

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As `Engine.objection`."""
        ...

    def move(self, task: Task) -> None:
        """Move all pieces of a load and say of each what became of it.

        Files that are there already, right by size and checksum, are not moved again.

        Raises:
            MoveError: the rest cannot be moved, for this reason.
        """
        ...

    def close(self) -> None:
        """No task is left: let connections go. Can be called twice."""
        ...


class HandEngine:
    """`Engine` by a way. Its handles are the keys of loads.

    What becomes of a task is only known to the process that moves it; others of this machine see
    by its claim that it moves, and say LOST when it does not any more.
    """

    def __init__(
        self, name: str, ability: Ability, way: Way, clock: Clock, claims: Claims
    ) -> None:
        self._name = name
        self._ability = ability
        self._way = way
        self._clock = clock
        self._claims = claims
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}
        self._pool: ThreadPoolExecutor | None = ThreadPoolExecutor(
            ability.most_active, thread_name_prefix=f"engine-{name}"
        )

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._name

    @property
    def ability(self) -> Ability:
        """As the port promises."""
        return self._ability

    def check_config(self) -> list[str]:
        """As the port promises."""
        return self._way.check_config()

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        return self._way.objection(source, target)

    def submit(self, load: Load) -> str:
        """As the port promises."""
        check(load, self._ability.most_files)
        refusal = self._way.objection(load.source, load.target)
        if refusal:
            raise EngineRefusedError(refusal)
        with self._lock:
            if load.key in self._tasks:
                return load.key
            if self._pool is None:
                raise EngineUnavailableError(f"The engine {self._name} is being stopped.")
            if sum(not task.over for task in self._tasks.values()) >= self._ability.most_active:
                raise EngineFullError(
                    f"The engine {self._name} has {self._ability.most_active} tasks under way.",
                    advice="It takes the next when one of them has ended.",
                )
            if not self._claims.take(load.key):
                return load.key  # another process moves it
            task = self._tasks[load.key] = Task(load, self._clock)
            self._forget()
            self._pool.submit(self._run, task)
        return load.key

    def look(self, handles: Sequence[str]) -> Mapping[str, Progress]:
        """As the port promises."""
        with self._lock:
            known = {handle: self._tasks.get(handle) for handle in handles}
        return {
            handle: task.progress() if task else self._elsewhere(handle)
            for handle, task in known.items()
        }

    def cancel(self, handle: str) -> None:
        """As the port promises."""
        with self._lock:
            task = self._tasks.get(handle)
        if task is not None:
            task.stop("It was cancelled.")
        elif self._claims.held(handle):
            raise EngineUnavailableError(
                "Another process of this machine moves it.",
                advice="It ends by its deadline, or when that process is stopped.",
            )

    def close(self) -> None:
        """As the port promises."""
        with self._lock:
            pool, self._pool = self._pool, None
            tasks = list(self._tasks.values())
        for task in tasks:
            task.stop("Waystation was stopped.")
        if pool is not None:
            pool.shutdown(wait=True)
        self._way.close()

    def _run(self, task: Task) -> None:
        words = ""
        try:
            self._way.move(task)
        except MoveError as problem:
            words = str(problem)
        except OSError as problem:
            words = f"{problem.strerror or problem}: {problem.filename or 'no file named'}"
        except Exception as fault:
            log.exception("engine %s, load %s: fault of our own", self._name, task.load.key)
            words = f"A fault of Waystation's own ({type(fault).__name__}); its log says more."
        task.end(words)
        self._claims.drop(task.load.key)

    def _elsewhere(self, handle: str) -> Progress:
        """A task that is not ours."""
        state = TaskState.MOVING if self._claims.held(handle) else TaskState.LOST
        return Progress(state)

    def _forget(self) -> None:
        """Let the oldest of the ended tasks go."""
        ended = [key for key, task in self._tasks.items() if task.over]
        for key in ended[: max(0, len(ended) - REMEMBERED)]:
            del self._tasks[key]


def each(task: Task, pieces: Iterable[Piece], width: int, do: Callable[[Piece], None]) -> None:
    """Do something for every piece, so many at a time; what fails is told to the task.

    Raises:
        StoppedError: the task is not wanted any more.
    """

    def one(piece: Piece) -> None:
        task.check()
        try:
            do(piece)
        except StoppedError:
            raise
        except MoveError as problem:
            task.failed(piece, str(problem))
        except OSError as problem:
            task.failed(piece, problem.strerror or str(problem))

    with ThreadPoolExecutor(width, thread_name_prefix="piece") as pool:
        try:
            for _ in pool.map(one, pieces):
                pass
        except StoppedError:
            pool.shutdown(cancel_futures=True)
            raise
