"""Slurm's words for how a job stands, in ours. States are those of squeue(1) and sacct(1)."""

from waystation.domains.jobs.entities import Blame, RunState

STATES: dict[str, RunState] = {
    "PENDING": RunState.QUEUED,
    "CONFIGURING": RunState.QUEUED,
    "REQUEUED": RunState.QUEUED,
    "REQUEUE_FED": RunState.QUEUED,
    "POWER_UP_NODE": RunState.QUEUED,
    "REQUEUE_HOLD": RunState.HELD,
    "RESV_DEL_HOLD": RunState.HELD,
    "SPECIAL_EXIT": RunState.HELD,
    "RUNNING": RunState.RUNNING,
    "RESIZING": RunState.RUNNING,
    "SIGNALING": RunState.RUNNING,
    "SUSPENDED": RunState.RUNNING,
    "STOPPED": RunState.RUNNING,
    "COMPLETING": RunState.ENDING,
    "STAGE_OUT": RunState.ENDING,
    "COMPLETED": RunState.DONE,
    "CANCELLED": RunState.CANCELLED,
    "REVOKED": RunState.CANCELLED,
    "FAILED": RunState.FAILED,
    "TIMEOUT": RunState.FAILED,
    "OUT_OF_MEMORY": RunState.FAILED,
    "DEADLINE": RunState.FAILED,
    "NODE_FAIL": RunState.FAILED,
    "BOOT_FAIL": RunState.FAILED,
    "LAUNCH_FAILED": RunState.FAILED,
    "RECONFIG_FAIL": RunState.FAILED,
    "PREEMPTED": RunState.FAILED,
}
FAULTS: dict[str, tuple[Blame, str]] = {
    "TIMEOUT": (Blame.USER, "It ran longer than it asked for, and was ended."),
    "OUT_OF_MEMORY": (Blame.USER, "It needed more memory than it asked for, and was ended."),
    "DEADLINE": (Blame.USER, "It could not end before its deadline."),
    "NODE_FAIL": (Blame.SITE, "The node that it ran on failed."),
    "BOOT_FAIL": (Blame.SITE, "The node that it was to run on did not start."),
    "LAUNCH_FAILED": (Blame.SITE, "It could not be started on its node."),
    "RECONFIG_FAIL": (Blame.SITE, "Its node could not be made ready."),
    "PREEMPTED": (Blame.SITE, "A more urgent job took its place."),
}
STANDING = {"SUSPENDED": "It is suspended by its batch system.",
            "STOPPED": "It is stopped by its batch system."}  # fmt: skip
_USUAL = {"None", "Priority", "Resources", "Dependency", "BeginTime", "(null)", ""}
_HELD = ("JobHeld", "launch_failed", "job_requeued_in_held_state", "DependencyNeverSatisfied")


def state_of(word: str) -> RunState:
    """Our word for one of Slurm's; sacct says who cancelled behind it."""
    return STATES.get(word.split(" ", maxsplit=1)[0], RunState.UNKNOWN)


def waiting(reason: str) -> tuple[RunState, str]:
    """How a pending job stands: it waits for its turn, or for a person."""
    if reason.startswith(_HELD):
        return RunState.HELD, f"Slurm holds it: {reason}."
    return RunState.QUEUED, "" if reason in _USUAL else f"Slurm says why it waits: {reason}."
