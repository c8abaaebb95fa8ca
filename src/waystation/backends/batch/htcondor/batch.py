"""Kind `htcondor`: clusters of guarded runs, submitted and looked at in bulk. Experimental."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands import wanting
from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.folder import Limits, Trace
from waystation.backends.batch.htcondor import description, looking, records
from waystation.backends.batch.htcondor.config import HTCondorConfig
from waystation.backends.batch.htcondor.records import Ad, Slot
from waystation.backends.batch.htcondor.schedd import Schedd
from waystation.domains.jobs.entities import BatchAbility, Depth, Resources, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import Clock

EXPERIMENTAL = (
    "The kind htcondor is experimental: it was never tried with a real HTCondor. "
    "Say experimental = true to use it."
)
_NOTE = "condor"
_ASKED = b"asked"


class HTCondorBatch:
    """`Batch` of an HTCondor. Its handles are `CLUSTER.PROC`."""

    def __init__(self, config: HTCondorConfig, clock: Clock, place: Path) -> None:
        self._config = config
        self._clock = clock
        self._place = place
        self._schedd = Schedd(config)
        self._slots: list[Slot] = []

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    @property
    def ability(self) -> BatchAbility:
        """As the port promises."""
        return BatchAbility(True, True, self._config.at_once, self._config.remembers_s)

    def check_config(self) -> list[str]:
        """As the port promises."""
        known = [] if self._config.experimental else [EXPERIMENTAL]
        return known + self._schedd.complaints()

    def objection(self, task: Task) -> str | None:
        """As the port promises; by the machines that were seen last."""
        words = wanting.objection(task)
        if words is None and task.queue:
            words = f"{self.name} has no queue {task.queue}, nor any other."
        return words or records.room(task, self._slots)

    def wants(self, owner: int) -> str | None:
        """As the port promises: nothing."""
        del owner
        return None

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        if not tasks:
            return {}
        if not self._slots:
            self._slots = self._schedd.pool()[0]
        with alone(self._place):
            refused = {task.key: words for task in tasks if (words := self.objection(task))}
            left = [task for task in tasks if task.key not in refused]
            taken = {key: Taken(handle) for key, handle in self._find(left).items()}
            taken |= {key: Taken(words=words) for key, words in refused.items()}
            for group in self._groups([task for task in left if task.key not in taken]):
                try:
                    taken |= self._cluster(group)
                except BatchUnavailableError:
                    if not taken:
                        raise
                    break  # what is missing in the answer is not known
        return taken

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """As the port promises."""
        with alone(self._place):
            return self._find(tasks)

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """As the port promises.

        One query tells of all; folders are read only of those that are over, and the history is
        asked only of those that left the queue and whose folder does not say all.
        """
        if not runs:
            return {}
        known = self._schedd.queue(description.numbered(runs))
        left = {each for each in runs if each not in known or looking.is_over(known[each])}
        traces = {each: folders.trace(runs[each]) for each in left}
        asked = [each for each, trace in traces.items()
                 if each not in known and not looking.says_all(trace)
                 and description.is_handle(each)]  # fmt: skip
        past = self._past(asked)
        now = self._clock.now()
        return {each: self._elsewhere(each, traces.get(each))
                or looking.sight(known.get(each), past.get(each), traces.get(each), now)
                for each in runs}  # fmt: skip

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises: folders are shared."""
        del runs
        return {}

    def cancel(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        if any(map(description.is_handle, handles)):
            known = self._schedd.queue(description.numbered(handles))
            alive = [each for each in handles
                     if each in known and not looking.is_over(known[each])]  # fmt: skip
            self._schedd.remove(alive)

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises: it forgets what has ended by itself; held ones are removed."""
        if any(map(description.is_handle, handles)):
            known = self._schedd.queue(description.numbered(handles))
            lost = [each for each in handles if each in known and looking.is_lost(known[each])]
            self._schedd.remove(lost)

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises."""
        del handle
        return folders.tail(folder, stream, offset, limit)

    def depth(self) -> Depth:
        """As the port promises."""
        self._slots, points = self._schedd.pool()
        return records.depth(self._slots, points)

    def close(self) -> None:
        """As the port promises."""
        self._schedd.close()

    # ------------------------------------------------------------------------------------ submit

    def _groups(self, tasks: Sequence[Task]) -> Iterator[list[Task]]:
        """Tasks that can be in one cluster."""
        alike: defaultdict[tuple[Resources, str], list[Task]] = defaultdict(list)
        for task in tasks:
            alike[description.same(task)].append(task)
        for each in alike.values():
            for n in range(0, len(each), self._config.at_once):
                yield each[n : n + self._config.at_once]

    def _cluster(self, tasks: list[Task]) -> dict[str, Taken]:
        """Submit one; what became of each that could be prepared."""
        ready = list[Task]()
        problem: OSError | None = None
        for task in tasks:
            try:
                folders.lay(self._with_home(task), Limits(task.resources.time_s), self._owner)
                folders.note(task.folder, _NOTE, _ASKED)
                ready.append(task)
            except OSError as one:
                problem = one
        if not ready:
            assert problem is not None
            raise BatchUnavailableError(
                f"Jobs cannot be prepared: {problem.filename}: {problem.strerror}."
            ) from problem
        commands = description.commands(self._config, ready)
        handles = self._schedd.submit(commands, description.items(ready))
        for task, handle in zip(ready, handles, strict=True):
            folders.note(task.folder, _NOTE, handle.encode())
        return {task.key: Taken(handle) for task, handle in zip(ready, handles, strict=True)}

    # -------------------------------------------------------------------------------------- looks

    def _find(self, tasks: Sequence[Task]) -> dict[str, str]:
        """By what is noted beside them; only where an answer was lost HTCondor is asked."""
        noted = {task.key: folders.noted(task.folder, _NOTE).decode("ascii", "replace")
                 for task in tasks}  # fmt: skip
        found = {key: each for key, each in noted.items() if description.is_handle(each)}
        lost = {task.key: task.folder for task in tasks
                if noted[task.key] == _ASKED.decode()}  # fmt: skip
        for key, folder in lost.items():
            began = folders.trace(folder).began
            if began is not None and description.is_handle(began.id):
                found[key] = began.id
        for ask in (self._schedd.queue, lambda rule: self._schedd.history(rule, len(lost))):
            left = sorted(lost.keys() - found.keys())
            if left:
                known = ask(description.keyed(left)).values()
                found |= {each.waystation_key: each.handle for each in known}
        return found

    def _past(self, handles: Sequence[str]) -> dict[str, Ad]:
        """Of those that left the queue; nothing where we may not read its history."""
        if not handles:
            return {}
        return self._schedd.history(description.exactly(handles), len(handles))

    def _elsewhere(self, handle: str, trace: Trace | None) -> Sight | None:
        """How the job stands that has the run, where that is another: an answer was lost."""
        other = trace.began.id if trace is not None and trace.began is not None else ""
        if trace is None or trace.ended or other == handle or not description.is_handle(other):
            return None
        known = self._schedd.queue(description.exactly([other]))
        return looking.sight(known.get(other), None, trace, self._clock.now())

    @property
    def _owner(self) -> folders.Owner | None:
        return self._schedd.person.owner

    def _with_home(self, task: Task) -> Task:
        """HTCondor gives jobs no variables; what a user has is said by their guard's file."""
        return replace(task, environment={**self._schedd.person.environment, **task.environment})
