"""Kind `slurm`: arrays of guarded runs, submitted and looked at in bulk."""

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands import wanting
from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.folder import Limits
from waystation.backends.batch.slurm import looking
from waystation.backends.batch.slurm.commands import RefusedError, Slurm, is_handle
from waystation.backends.batch.slurm.config import SlurmConfig
from waystation.backends.batch.slurm.records import Part, Record, rest, room
from waystation.domains.jobs.entities import BatchAbility, Depth, Resources, Sight, Taken, Task
from waystation.domains.jobs.errors import BatchUnavailableError

Needs = tuple[Resources, str, str]


class Place(msgspec.Struct, frozen=True):
    """Where in which array a task is; beside it before sbatch is called, so it is found again.

    Attributes:
        group: which is the comment of the array.
        index: in the array.
        number: of the array; empty until sbatch has answered.
    """

    group: str
    index: int
    number: str = ""


class SlurmBatch:
    """`Batch` of a Slurm. Its handles are `ARRAY_INDEX`."""

    def __init__(self, config: SlurmConfig, place: Path) -> None:
        self._config = config
        self._slurm = Slurm(config)
        self._place = place
        self._nodes: list[Part] = []

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
        return self._slurm.complaints()

    def objection(self, task: Task) -> str | None:
        """As the port promises; by the nodes that were seen last."""
        return wanting.objection(task) or room(task, self._nodes)

    def wants(self, owner: int) -> str | None:
        """As the port promises: nothing."""
        del owner
        return None

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """As the port promises."""
        if not tasks:
            return {}
        if not self._nodes:
            self._nodes = self._slurm.nodes()
        with alone(self._place):
            refused = {task.key: words for task in tasks if (words := self.objection(task))}
            left = [task for task in tasks if task.key not in refused]
            taken = {key: Taken(handle) for key, handle in self._find(left).items()}
            taken |= {key: Taken(words=words) for key, words in refused.items()}
            for group in self._groups([task for task in left if task.key not in taken]):
                try:
                    taken |= self._array(group)
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
        """As the port promises."""
        if not runs:
            return {}
        known = self._slurm.queue()
        for each in runs:
            if each not in known and (record := known.get(rest(each))):
                known[each] = record
        forgotten = [each for each in runs if each not in known and is_handle(each)]
        known |= self._slurm.accounts(forgotten)
        return {handle: looking.sight(handle, folder, known) for handle, folder in runs.items()}

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """As the port promises: folders are shared."""
        del runs
        return {}

    def cancel(self, handles: Sequence[str]) -> None:
        """As the port promises."""
        self._slurm.cancel(handles)

    def clean(self, handles: Sequence[str]) -> None:
        """As the port promises: Slurm forgets them by itself."""

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """As the port promises."""
        del handle
        return folders.tail(folder, stream, offset, limit)

    def depth(self) -> Depth:
        """As the port promises."""
        self._nodes = self._slurm.nodes()
        queued, running = self._slurm.counts()
        nodes = {each.node: each for each in self._nodes}.values()
        is_open = any(each.up for each in self._nodes)
        words = "" if is_open else "No partition takes jobs."
        slots, free = sum(each.cores for each in nodes), sum(each.free for each in nodes)
        return Depth(slots, free, queued, running, is_open, words)

    def close(self) -> None:
        """As the port promises: nothing is held."""

    def _groups(self, tasks: Sequence[Task]) -> Iterator[list[Task]]:
        """Tasks that can be in one array."""
        alike: defaultdict[Needs, list[Task]] = defaultdict(list)
        for task in tasks:
            alike[task.resources, task.queue, task.project].append(task)
        for each in alike.values():
            for n in range(0, len(each), self._config.at_once):
                yield each[n : n + self._config.at_once]

    def _array(self, tasks: list[Task]) -> dict[str, Taken]:
        """Submit one; what became of each that could be prepared."""
        group, ready = secrets.token_hex(8), list[Task]()
        problem: OSError | None = None
        for task in tasks:
            try:
                limits = Limits(task.resources.time_s)
                folders.lay(task, limits, self._slurm.person.owner, guard=False)
                _note(task, Place(group, len(ready)))
                ready.append(task)
            except OSError as one:
                problem = one
        if problem is not None and not ready:
            raise BatchUnavailableError(
                f"Jobs cannot be prepared: {problem.filename}: {problem.strerror}."
            ) from problem
        try:
            number = self._slurm.submit(ready, group)
        except RefusedError as refusal:
            return {task.key: Taken(words=str(refusal)) for task in ready}
        for index, task in enumerate(ready):
            _note(task, Place(group, index, number))
        return {task.key: Taken(f"{number}_{n}") for n, task in enumerate(ready)}

    def _find(self, tasks: Sequence[Task]) -> dict[str, str]:
        places = {task.key: place for task in tasks if (place := _place(task))}
        numbers = {}
        if not all(each.number for each in places.values()):
            numbers = _numbers(self._slurm.queue())
        found = {key: f"{number}_{each.index}" for key, each in places.items()
                 if (number := each.number or numbers.get(each.group))}  # fmt: skip
        for task in tasks:  # it may have begun by an array whose answer was lost
            began = folders.trace(task.folder).began if task.key not in found else None
            if began and is_handle(began.id):
                found[task.key] = began.id
        return found


def _numbers(known: Mapping[str, Record]) -> dict[str, str]:
    """Arrays by the groups that they are."""
    return {each.group: each.handle.partition("_")[0] for each in known.values() if each.group}


def _note(task: Task, place: Place) -> None:
    folders.note(task.folder, "array", msgspec.json.encode(place))


def _place(task: Task) -> Place | None:
    try:
        return msgspec.json.decode(folders.noted(task.folder, "array"), type=Place)
    except msgspec.MsgspecError:
        return None
