"""Our API's documents about jobs and clusters."""

import msgspec

from waystation.domains.jobs.door import (
    ClusterView,
    JobRequestView,
    JobView,
    OutputView,
    RunView,
)
from waystation.interfaces.stories import Event


class JobRequestWire(msgspec.Struct):
    """A request of jobs; `made` is false when its key was known already."""

    request: JobRequestView
    made: bool


class JobRequestsWire(msgspec.Struct):
    """The newest first; `next_before` begins the next page."""

    requests: list[JobRequestView]
    next_before: int | None


class JobsWire(msgspec.Struct):
    """By number; `next_after` begins the next page."""

    jobs: list[JobView]
    next_after: int | None


class RunsWire(msgspec.Struct):
    """Runs that are over, by job and attempt."""

    runs: list[RunView]


class StoryWire(msgspec.Struct):
    """What happened to a job and to its files, the oldest first."""

    events: list[Event]


class OutputsWire(msgspec.Struct):
    """What jobs left, by number and name."""

    outputs: list[OutputView]


class LogWire(msgspec.Struct):
    """A piece of what a job wrote; `next` is the offset behind it.

    Bytes that are no UTF-8 are shown as U+FFFD.
    """

    text: str
    next: int


class ClustersWire(msgspec.Struct):
    """All of them, by name."""

    clusters: list[ClusterView]


JOBS = (
    *(ClustersWire, ClusterView, JobRequestsWire, JobRequestView, JobRequestWire, JobsWire),
    *(Event, JobView, LogWire, OutputsWire, OutputView, RunsWire, RunView, StoryWire),
)
"""All of them, for the OpenAPI document."""
