"""HTCondor's words for how a job stands, in ours.

Numbers are JobStatus, HoldReasonCode and their meaning as its manual lists them under "Job ClassAd
Attributes".
"""

from waystation.domains.jobs.entities import Blame, RunState

IDLE, RUNNING, REMOVED, COMPLETED, HELD, TRANSFERRING, SUSPENDED = range(1, 8)
STATES: dict[int, RunState] = {
    IDLE: RunState.QUEUED,
    RUNNING: RunState.RUNNING,
    REMOVED: RunState.CANCELLED,
    COMPLETED: RunState.DONE,
    HELD: RunState.HELD,
    TRANSFERRING: RunState.ENDING,
    SUSPENDED: RunState.RUNNING,
}
WORDS: dict[int, str] = {
    IDLE: "idle",
    RUNNING: "running",
    REMOVED: "removed",
    COMPLETED: "completed",
    HELD: "held",
    TRANSFERRING: "transferring output",
    SUSPENDED: "suspended",
}
HOLDS: dict[int, tuple[Blame, str]] = {
    6: (Blame.SITE, "Its guard could not be started on its node."),
    34: (Blame.USER, "It needed more than it asked for, and was ended."),
    46: (Blame.USER, "It ran longer than it asked for, and was ended."),
    47: (Blame.USER, "It ran longer than it asked for, and was ended."),
}
"""Holds that nobody can mend: the run is over."""


def state_of(status: int | None) -> RunState:
    """Our word for a JobStatus."""
    return STATES.get(status or 0, RunState.UNKNOWN)


def word_of(status: int | None) -> str:
    """HTCondor's word for a JobStatus; the number where there is none."""
    return WORDS.get(status or 0, str(status))
