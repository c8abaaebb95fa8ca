"""What people are shown of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobRequestView:
    """A request of jobs, as it stands.

    Attributes:
        id, name, created, finished: of it; `finished` None while it goes on.
        owner_id: the account.
        state: waiting, running, done, failed or cancelled, of all together.
        words: why it waits; empty when nothing is the matter.
        jobs: how many it has.
        waiting, sent, running, done, failed, cancelled: of them.
        command: as asked.
        space, prefix: where outputs go; empty is nowhere.
        clusters: that may run it; empty is any.
        cpus: of each job.
        container: image in which the command runs; empty is none.
        staged: stage requests by which inputs came up from tape.
        let_go: when those were held no longer; None while they are, or when there are none.
    """

    id: int
    name: str
    owner_id: int
    state: str
    words: str
    created: datetime
    finished: datetime | None
    jobs: int
    waiting: int
    sent: int
    running: int
    done: int
    failed: int
    cancelled: int
    command: Sequence[str]
    space: str
    prefix: str
    clusters: Sequence[str]
    cpus: int
    container: str
    staged: Sequence[int]
    let_go: datetime | None


@dataclass(frozen=True, slots=True)
class JobView:
    """One job, as it stands.

    Attributes:
        n: in its request, from 1.
        item: that it was made for; None of none.
        state: name of `JobState`, in small letters.
        words: what a person must know; empty when all is well.
        blame: user, site or us, of a failure.
        cluster: that has it, or had it last; empty of none.
        foreign: the cluster's own word.
        handle: the cluster's name of the run.
        node: where it runs or ran.
        attempt: number of its run, 0 before the first.
        exit_code: of the command.
        ready: when its inputs were there; None when it has none.
        sent, began, ended, changed: moments.
        cpu_s: seconds of all its processes.
        peak: most bytes of memory of one process.
        stopping: somebody wants it stopped, and its cluster still has it.
    """

    n: int
    item: str | None
    state: str
    words: str
    blame: str
    cluster: str
    foreign: str
    handle: str
    node: str
    attempt: int
    exit_code: int | None
    ready: datetime | None
    sent: datetime | None
    began: datetime | None
    ended: datetime | None
    changed: datetime
    cpu_s: float | None
    peak: int | None
    stopping: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """A run that is over: one attempt of a job."""

    n: int
    attempt: int
    cluster: str
    outcome: str
    blame: str
    exit_code: int | None
    words: str
    node: str
    sent: datetime | None
    began: datetime | None
    ended: datetime


@dataclass(frozen=True, slots=True)
class OutputView:
    """A file that a job left: where it is, or why it did not come."""

    n: int
    name: str
    space: str
    path: str
    size: int
    sha256: str
    words: str


@dataclass(frozen=True, slots=True)
class MakerView:
    """The job that a file of a space came from; `mine` where the asker may look at it."""

    request: int
    n: int
    name: str
    command: Sequence[str]
    container: str
    mine: bool


@dataclass(frozen=True, slots=True)
class ClusterView:
    """A cluster, and how it was seen last.

    Attributes:
        state: open, drained, closed (it takes none now) or silent (never seen, or not lately).
        words: what is wrong; empty when all is well.
        slots, free: cores; None when it does not say.
        queued, running: of anybody there.
        mine: jobs of ours that it has, by state.
        most: jobs of ours that it may have.
    """

    name: str
    kind: str
    state: str
    words: str
    slots: int | None
    free: int | None
    queued: int
    running: int
    mine: Mapping[str, int]
    most: int
    seen: datetime | None
