"""What squeue, sacct and sinfo say, in bulk."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from waystation.backends.batch.slurm.script import MARK
from waystation.domains.jobs.entities import Task

_RUN = "ArrayJobID:|,ArrayTaskID:|,State:|,exit_code:|,StartTime:|,Reason:|,NodeList:|,Comment:|"
_NODE = "Partition:|,Available:|,NodeList:|,CPUs:|,CPUsState:|,Memory:|,Time:|,Gres:|,StateLong:|"
SQUEUE = ("squeue", "--noheader", "--all", "--array", "--states=all", f"--Format={_RUN}")
_ENTRY = "JobID,State,ExitCode,Start,Reason,NodeList,Comment"
SACCT = ("sacct", "--noheader", "--parsable2", "--allocations", "--array", f"--format={_ENTRY}")
NODES = ("sinfo", "--noheader", "--all", "--Node", f"--Format={_NODE}")
_MIB = 2**20
_DAY, _HOUR, _MINUTE = 86_400, 3600, 60
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Record:
    """One run.

    Attributes:
        handle: array and index.
        state: Slurm's word.
        code: of the command, as shells say it; None when it is not said.
        began: when it was started.
        reason: why it waits or failed, Slurm's word.
        node: where it is or was.
        group: by which we find its array again; empty when it is not ours.
    """

    handle: str
    state: str
    code: int | None
    began: datetime | None
    reason: str
    node: str
    group: str


def queue(text: str) -> Iterator[Record]:
    """Of squeue."""
    for line in text.splitlines():
        parts = line.split("|", 7)
        if len(parts) == 8:  # noqa: PLR2004 - as many as SQUEUE asks for
            job, index, state, code, began, reason, node, comment = parts
            for each in _elements(index):
                yield Record(
                    f"{job.strip()}_{each}",
                    state.strip(),
                    _number(code),
                    _moment(began),
                    reason.strip(),
                    node.strip(),
                    _group(comment.rstrip("| ")),
                )


def accounts(text: str) -> Iterator[Record]:
    """Of sacct."""
    for line in text.splitlines():
        parts = line.split("|", 6)
        if len(parts) == 7:  # noqa: PLR2004 - as many as SACCT asks for
            handle, state, code, began, reason, node, comment = parts
            low, _, number = code.partition(":")
            said = _number(low)
            if _number(number):
                said = 128 + int(number)
            yield Record(handle, state, said, _moment(began), reason, node, _group(comment))


@dataclass(frozen=True, slots=True)
class Part:
    """One node, as one partition sees it.

    Attributes:
        partition: its name.
        up: it takes jobs.
        node: name of the node.
        cores, free: of the node.
        memory: bytes of the node.
        time_s: longest wall time; 0 is without end.
        gpus: of the node.
        state: of the node, Slurm's word.
    """

    partition: str
    up: bool
    node: str
    cores: int
    free: int
    memory: int
    time_s: int
    gpus: int
    state: str


def parts(text: str) -> Iterator[Part]:
    """Of sinfo."""
    for line in text.splitlines():
        words = [word.strip() for word in line.split("|")]
        with suppress(ValueError, IndexError):
            partition, up, node, cores, states, memory, time, gres, state = words[:9]
            yield Part(
                partition.rstrip("*"),
                up == "up",
                node,
                int(cores),
                int(states.split("/")[1]),
                int(memory) * _MIB,
                _seconds(time),
                sum(_gpus(gres)),
                state,
            )


def room(task: Task, nodes: Iterable[Part]) -> str | None:
    """Why no node could ever run it; None when one may, or when nothing is known of nodes."""
    needs, seen = task.resources, tuple(nodes)
    if not seen:
        return None
    where = [each for each in seen if not task.queue or each.partition == task.queue]
    if not where:
        return f"There is no queue {task.queue}."
    fits = (
        ("so many cores", [each for each in where if needs.cpus <= each.cores]),
        ("so much memory", [each for each in where if needs.memory <= each.memory]),
        ("so many GPUs", [each for each in where if needs.gpus <= each.gpus]),
        (
            "so much time",
            [each for each in where if not each.time_s or needs.time_s <= each.time_s],
        ),
    )
    return next((f"No node of it has {what}." for what, found in fits if not found), None)


def rest(handle: str) -> str:
    """Under what name elements are told together that ended before they began."""
    return f"{handle.partition('_')[0]}_"


def _elements(index: str) -> Iterator[int | str]:
    """`3`; also `0-2,7%4` or `[0-6:2]`; `N/A` is all those that ended before they began."""
    if index.strip() == "N/A":
        yield ""
    for each in index.strip().strip("[]").partition("%")[0].split(","):
        first, _, rest = each.partition("-")
        last, _, step = rest.partition(":")
        if first.isdigit():
            yield from range(int(first), int(last or first) + 1, int(step or 1))


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _moment(text: str) -> datetime | None:
    """Commands are told to speak UTC."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _group(comment: str) -> str:
    return comment[len(MARK) :] if comment.startswith(MARK) else ""


def _seconds(text: str) -> int:
    """`infinite` is 0; others are `days-hours:minutes:seconds`, with fewer parts at the left."""
    if not text or not text[0].isdigit():
        return 0
    days, dash, rest = text.rpartition("-")
    numbers = [int(part) for part in rest.split(":")]
    if dash:
        numbers += [0] * (3 - len(numbers))
    else:
        numbers = [0] * (3 - len(numbers)) + numbers
    hours, minutes, seconds = numbers
    return int(days or 0) * _DAY + hours * _HOUR + minutes * _MINUTE + seconds


def _gpus(gres: str) -> Iterator[int]:
    """`gpu:2`, `gpu:a100:4(S:0-1)`, several with commas."""
    for each in gres.split(","):
        words = each.partition("(")[0].split(":")
        if words[0] == "gpu" and len(words) >= _SHORT and words[-1].isdigit():
            yield int(words[-1])
