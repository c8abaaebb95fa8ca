"""Words of jobs: what people ask for, and what batch systems are told and say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Resources:
    """What a job needs.

    Attributes:
        cpus: cores, of one node.
        memory: bytes, of all its processes together; 0 is what the batch system gives.
        time_s: longest wall time, seconds; 0 is what the batch system gives.
        gpus: so many.
    """

    cpus: int = 1
    memory: int = 0
    time_s: int = 0
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a job finds in its folder, or a folder with all that is in it.

    Attributes:
        space: that it is in; empty when it is in a store of the archive.
        store: of the archive; empty when it is in a space.
        path: in the space, or absolute in the store; a folder's ends with '/'. A URL when it is in
            neither.
        name: below the job's folder; empty is the last name of the path.
    """

    space: str
    store: str
    path: str
    name: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """Where it is: store or space (empty: another server), and path."""
        return self.space or self.store, self.path

    @property
    def far(self) -> bool:
        """Whether it is fetched from another server."""
        return not self.space and not self.store and self.path.startswith(_SCHEMES)

    @property
    def folder(self) -> bool:
        """Whether it is a folder: the files that are in it when they are looked for."""
        return not self.far and self.path.endswith("/")

    @property
    def at(self) -> str:
        """Its name below the job's folder."""
        path = unquote(urlsplit(self.path).path) if self.far else self.path.rstrip("/")
        return self.name or path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be run; words in it may have `{n}`, `{item}` and `{request}`.

    Attributes:
        command: program and arguments, each a word.
        name: for people.
        items: one job each; `{item}` is it. Empty is `count` jobs.
        count: jobs.
        environment: variables.
        inputs: brought into the folder of each job.
        outputs: patterns below the folder (`*.fits`, `plots/**`) of what is kept; one without `*`
            or `?` is a file that has to be there in the end.
        space: that outputs come into; empty keeps none.
        prefix: folder in that space.
        resources: of each job.
        clusters: that may run it; empty is any.
        queue, project: of the cluster; empty is the usual.
        priority: 0 to 9, larger is sooner among the owner's own.
        attempts: runs of one job at most, when it fails by no fault of its own.
        after: requests that must have ended well before.
        key: the caller's own name of this request: asked twice it is made once.
        literal: words, paths and the prefix are as they are; nothing in them is replaced.
        container: image in which the command runs, as clusters name it; empty is none.
    """

    command: tuple[str, ...]
    name: str = ""
    items: tuple[str, ...] = ()
    count: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    space: str = ""
    prefix: str = "jobs/{request}/{n}"
    resources: Resources = Resources()
    clusters: tuple[str, ...] = ()
    queue: str = ""
    project: str = ""
    priority: int = 5
    attempts: int = 3
    after: tuple[int, ...] = ()
    key: str = ""
    literal: bool = False
    container: str = ""

    @property
    def jobs(self) -> int:
        """How many it makes."""
        return len(self.items) or self.count


@dataclass(frozen=True, slots=True)
class Staged:
    """How inputs that had to come up from tape stand.

    Attributes:
        waiting: (store or space, path) of those that are still on the way.
        failed: the same -> why it does not come.
        requests: numbers of the stage requests that bring them.
    """

    waiting: frozenset[tuple[str, str]]
    failed: Mapping[tuple[str, str], str]
    requests: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Haul:
    """What a run left, and where it is to go.

    Attributes:
        folder: of the run.
        patterns: of names below it that are kept.
        given: its inputs, which are not, whatever fits.
        space, prefix: where to.
    """

    folder: Path
    patterns: Sequence[str]
    given: Sequence[Input]
    space: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Home:
    """A file that a job left, brought home, or why not.

    Attributes:
        name: below the job's folder.
        path: in the space.
        entry_id: of the catalogue; None when it did not come.
        size: bytes.
        sha256: hex digits; empty when it did not come.
        words: why not.
    """

    name: str
    path: str
    entry_id: int | None
    size: int
    sha256: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a job, as a batch system is given it.

    Attributes:
        key: of this run, kept before the call; the same key is the same run. Letters, digits,
            "-" and "_", at most 64.
        name: for people who look at the batch system; any text.
        command: program and arguments, each a word; no shell reads them.
        environment: more variables, any text without NUL.
        folder: absolute; what the job finds and leaves is there, and `Batch.look` of a run
            without shared folder leaves it alone. It exists, with the inputs, before `submit`.
            Standard output and error are written to `stdout` and `stderr` in it.
        resources: what it needs.
        queue: partition or queue; empty is the usual one.
        project: who pays; empty is the usual one.
        outputs: names below the folder that are kept, or patterns of them (`kernel.patterns`);
            systems that have a folder of their own bring back no others. Empty is all.
        owner: account whose job it is; 0 is nobody's.
        around: words before the command, which a container's are; `{folder}` in them is the
            job's folder where it runs.
    """

    key: str
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    resources: Resources = Resources()
    queue: str = ""
    project: str = ""
    outputs: tuple[str, ...] = ()
    owner: int = 0
    around: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one task that was submitted.

    Attributes:
        handle: the batch system's name of the run; empty when it was refused.
        words: why it was refused, one sentence; it will never be taken as it is.
        waits: it was not sent, and will be taken when a person has done what the words say.
    """

    handle: str = ""
    words: str = ""
    waits: bool = False


class RunState(StrEnum):
    """How a run stands, as its batch system says."""

    QUEUED = "queued"  # it waits for its turn
    HELD = "held"  # it waits for a person; `words` say why
    RUNNING = "running"
    ENDING = "ending"  # it ran; something is still done with it
    DONE = "done"  # it ended with 0
    FAILED = "failed"  # it ended with something else, or was ended
    CANCELLED = "cancelled"  # because somebody asked for it
    GONE = "gone"  # the batch system knows nothing of it, and there is no trace of its end
    UNKNOWN = "unknown"  # a word that we do not know (`foreign`), or no answer about this one


ENDED = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


class Blame(StrEnum):
    """Who can mend a failure: it decides whether and where to try again."""

    NONE = ""
    USER = "user"  # the command, its inputs, or more than it asked for
    SITE = "site"  # the node or the batch system
    US = "us"  # what we put there or took away


@dataclass(frozen=True, slots=True)
class Sight:
    """How one run stands.

    Attributes:
        state: in our words.
        foreign: the batch system's own word.
        exit_code: of the command; None while not known. 128 + n is signal n, as shells say it.
        words: what a person must know, one sentence; empty when all is well.
        blame: of a failure.
        node: where it runs or ran.
        began, ended: moments of the command, as far as known.
        cpu_s: seconds of all its processes.
        peak: most bytes of memory of one of its processes.
    """

    state: RunState
    foreign: str = ""
    exit_code: int | None = None
    words: str = ""
    blame: Blame = Blame.NONE
    node: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    cpu_s: float | None = None
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """How full a batch system is.

    Attributes:
        slots: cores that it has; None when it does not say.
        free: cores that are free now.
        queued: runs of anybody that wait.
        running: runs of anybody that run.
        open: it takes new ones.
        words: what is wrong, or why it is not open; empty when all is well.
    """

    slots: int | None
    free: int | None
    queued: int
    running: int
    open: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class BatchAbility:
    """What a batch system can.

    Attributes:
        shares_folder: runs work in `Task.folder` itself; otherwise `Batch.fetch` brings outputs.
        queues: it keeps more runs than it has slots; otherwise only what is free may be sent.
        most: tasks of one call.
        remembers_s: how long it knows a run that ended, seconds.
    """

    shares_folder: bool
    queues: bool
    most: int
    remembers_s: int


class Stage(StrEnum):
    """How a job that a source gave us stands, as the source is told."""

    WAITING = "waiting"
    STARTING = "starting"  # a cluster has it, or is being given it
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether it is the last word."""
        return self in {Stage.DONE, Stage.FAILED, Stage.CANCELLED}


@dataclass(frozen=True, slots=True)
class Offer:
    """A job that a source has for us.

    Attributes:
        foreign_id: its name there; nothing else ever has it.
        wish: what is to be run; None when that cannot be read.
        words: why it cannot.
    """

    foreign_id: str
    wish: Wish | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How a job of a source stands: a heartbeat, or the last word of it.

    Attributes:
        foreign_id: its name there.
        stage: how it stands.
        request_id: ours; 0 when it was refused.
        attempt: number of its run.
        words: what a person must know; empty when all is well.
        blame: of a failure.
        exit_code: of the command; None while not known.
        cluster, node: where it runs or ran.
        began, ended: moments of the command.
        cpu_s: seconds of all its processes.
        peak: most bytes of memory of one of its processes.
    """

    foreign_id: str
    stage: Stage
    request_id: int = 0
    attempt: int = 0
    words: str = ""
    blame: Blame = Blame.NONE
    exit_code: int | None = None
    cluster: str = ""
    node: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    cpu_s: float | None = None
    peak: int | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source said to a report.

    Attributes:
        heard: it took it; otherwise it is told again.
        stop: it wants the job stopped, or has given it to somebody else.
        words: why it did not.
    """

    heard: bool
    stop: bool = False
    words: str = ""
