"""The lives of a job and of a request of jobs, as tables."""

from datetime import timedelta
from enum import IntEnum

from waystation.kernel.states import Machine, rule

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class JobState(IntEnum):
    """A job. Codes are in the database: never renumber."""

    QUEUED = 0  # its inputs, or jobs before it, are not looked at yet
    STAGING = 1  # inputs come up from tape
    READY = 2  # waits for room on a cluster
    SENDING = 3  # a cluster was chosen; it gets the inputs and the command
    PENDING = 4  # the cluster has it, in its own queue
    RUNNING = 5
    FINISHING = 6  # it ran; what it left is brought home
    DONE = 7
    FAILED = 8
    CANCELLED = 9
    LOST = 10  # its cluster has forgotten it, and no trace says how it ended


_ENDS = (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.LOST)
# A run that failed by no fault of the job's is tried again.
_AGAIN = (JobState.READY, *_ENDS)

JOB = Machine(
    "job",
    {
        JobState.QUEUED: rule(
            JobState.STAGING,
            JobState.READY,
            JobState.FAILED,
            JobState.CANCELLED,
            owner="gather",
            deadline=30 * DAY,
        ),
        JobState.STAGING: rule(
            JobState.READY, JobState.FAILED, JobState.CANCELLED, owner="gather", deadline=14 * DAY
        ),
        JobState.READY: rule(
            JobState.SENDING,
            JobState.FAILED,
            JobState.CANCELLED,
            owner="place",
            deadline=30 * DAY,
        ),
        # A cluster may be quicker than our look: it is seen running, or over, at once.
        JobState.SENDING: rule(
            JobState.PENDING,
            JobState.RUNNING,
            JobState.FINISHING,
            *_AGAIN,
            owner="send",
            deadline=DAY,
        ),
        JobState.PENDING: rule(
            JobState.RUNNING, JobState.FINISHING, *_AGAIN, owner="watch", deadline=14 * DAY
        ),
        # A cluster that starts it anew after a broken node shows it waiting again.
        JobState.RUNNING: rule(
            JobState.PENDING, JobState.FINISHING, *_AGAIN, owner="watch", deadline=30 * DAY
        ),
        JobState.FINISHING: rule(*_AGAIN, owner="finish", deadline=DAY),
        JobState.DONE: rule(),
        # A person may say: once more.
        JobState.FAILED: rule(JobState.QUEUED),
        JobState.CANCELLED: rule(JobState.QUEUED),
        JobState.LOST: rule(JobState.QUEUED),
    },
)

ENDED = frozenset(_ENDS)
"""A job has come to an end; only a person has it run again."""

COUNTED = {
    "n_waiting": (JobState.QUEUED, JobState.STAGING, JobState.READY),
    "n_sent": (JobState.SENDING, JobState.PENDING),
    "n_running": (JobState.RUNNING, JobState.FINISHING),
    "n_done": (JobState.DONE,),
    "n_failed": (JobState.FAILED, JobState.LOST),
    "n_cancelled": (JobState.CANCELLED,),
}
"""The counters of a request: kept by the statement that moves its jobs."""

ACTIVE = (JobState.SENDING, JobState.PENDING, JobState.RUNNING, JobState.FINISHING)
"""A cluster has it: it takes one of the places there."""
