"""What HTCondor says of jobs, slots and access points; names of fields are its own."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from waystation.backends.batch.htcondor import description, states
from waystation.domains.jobs.entities import Depth, Task

_MIB = 2**20


class Ad(msgspec.Struct, frozen=True, rename="pascal"):
    """A job. What is not said is None, or empty."""

    cluster_id: int = 0
    proc_id: int = 0
    waystation_key: str = ""
    job_status: int | None = None
    last_job_status: int | None = None
    num_job_starts: int = 0
    hold_reason: str = ""
    hold_reason_code: int = 0
    remove_reason: str = ""
    exit_code: int | None = None
    remote_host: str = ""
    last_remote_host: str = ""
    job_start_date: float = 0
    completion_date: float = 0
    entered_current_status: float = 0

    @property
    def handle(self) -> str:
        """Its name there."""
        return description.handle(self.cluster_id, self.proc_id)

    @property
    def word(self) -> str:
        """How it stands, in HTCondor's word."""
        return states.word_of(self.job_status)

    @property
    def node(self) -> str:
        """Where it is or was, without its slot."""
        return (self.remote_host or self.last_remote_host).rpartition("@")[2]

    @property
    def began(self) -> datetime | None:
        """When it was started first."""
        return datetime.fromtimestamp(self.job_start_date, UTC) if self.job_start_date else None

    @property
    def changed(self) -> datetime:
        """When it came to stand so."""
        return datetime.fromtimestamp(self.completion_date or self.entered_current_status, UTC)


class Slot(msgspec.Struct, frozen=True, rename="pascal"):
    """A part of a machine; of a slot that is parted, what is left of it."""

    machine: str = ""
    state: str = ""
    cpus: float = 0
    total_cpus: float = 0
    total_memory: float = 0
    total_gpus: float = msgspec.field(default=0, name="TotalGPUs")


class Point(msgspec.Struct, frozen=True, rename="pascal"):
    """An access point."""

    name: str = ""
    total_idle_jobs: int = 0
    total_running_jobs: int = 0


def depth(slots: Sequence[Slot], points: Sequence[Point]) -> Depth:
    """How full a pool is."""
    free = int(sum(each.cpus for each in slots if each.state == "Unclaimed"))
    words = "" if points else "Its pool has no access point that takes jobs."
    return Depth(
        int(sum(each.cpus for each in slots)),
        free,
        sum(each.total_idle_jobs for each in points),
        sum(each.total_running_jobs for each in points),
        bool(points),
        words,
    )


def room(task: Task, slots: Sequence[Slot]) -> str | None:
    """Why no machine that was seen could run it; None when one may, or when none was seen."""
    needs = task.resources
    if not slots:
        return None
    fits = (
        ("so many cores", any(needs.cpus <= each.total_cpus for each in slots)),
        ("so much memory", any(needs.memory <= each.total_memory * _MIB for each in slots)),
        ("so many GPUs", any(needs.gpus <= each.total_gpus for each in slots)),
    )
    return next((f"No machine of it has {what}." for what, found in fits if not found), None)
