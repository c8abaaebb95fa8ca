"""The story of a job: what happened to it and to its files, of jobs and of staging together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from waystation.domains.accounts.door import Grant
from waystation.domains.jobs.door import JobRequestView, JobView, OutputView, RunView
from waystation.domains.staging.door import RequestView
from waystation.interfaces.services import services
from waystation.kernel.errors import NotFoundError

_SHOWN = 20
"""Files of one job that are told of one by one."""
_MOST = 200
_AMISS = {"failed", "cancelled", "lost"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job.

    Attributes:
        at: when.
        kind: asked, staging, staged, ready, sent, began, ended, failed, hosted or released.
        words: what, as a sentence.
        stage: number of the stage request that it is about; None of most.
    """

    at: datetime
    kind: str
    words: str
    stage: int | None = None


def story(who: Grant, number: int, n: int) -> list[Event]:
    """All that is known to have happened to a job, the oldest first."""
    house = services().jobs
    request, job = house.request(who, number), house.job(who, number, n)
    runs = [each for each in house.runs(who, number, after=(n, 0), limit=_MOST) if each.n == n]
    found = house.outputs(who, number, after=(n, ""), limit=_SHOWN + 1)
    left = [each for each in found if each.n == n]
    stages = [view for each in request.staged if (view := _stage(who, each)) is not None]
    return told(request, job, runs, left, stages)


def told(
    request: JobRequestView,
    job: JobView,
    runs: Sequence[RunView],
    left: Sequence[OutputView],
    stages: Sequence[RequestView],
) -> list[Event]:
    """The same from what is known; pure."""
    events = [Event(request.created, "asked", "It was asked for.")]
    for stage in stages:
        events += _staging(stage)
    if job.ready is not None:
        events.append(Event(job.ready, "ready", "All its inputs were there."))
    for run in runs:
        events += _run(run.attempt, run.cluster, run.node, run.sent, run.began)
        events.append(Event(run.ended, _kind(run), _ended(run)))
    if job.attempt > max((run.attempt for run in runs), default=0):
        events += _run(job.attempt, job.cluster, job.node, job.sent, job.began)
    if job.state in _AMISS and not (job.attempt and job.attempt in {run.attempt for run in runs}):
        # It ended without a run: its inputs did not come, or somebody stopped it before.
        events.append(Event(job.changed, "failed", f"It ended: {job.state}. {job.words}".strip()))
    events += _left(job, left)
    if request.let_go is not None and stages:
        events.append(Event(request.let_go, "released", "Its inputs were held no longer."))
    # What has one moment stays in the order of a life.
    return sorted(events, key=attrgetter("at"))


def _stage(who: Grant, number: int) -> RequestView | None:
    try:
        return services().staging.request(who, number)
    except NotFoundError:
        return None


def _staging(stage: RequestView) -> Iterator[Event]:
    files, were = ("1 file", "was") if stage.files == 1 else (f"{stage.files:,} files", "were")
    words = f"Inputs were asked up from tape: {files} of {stage.store}."
    yield Event(stage.created, "staging", words, stage.id)
    if stage.finished is None:
        return
    failed = stage.counts.failed
    if failed:
        yield Event(stage.finished, "failed", f"{failed:,} of {files} did not come.", stage.id)
    else:
        yield Event(
            stage.finished,
            "staged",
            f"{files} {were} on disk, and held.",
            stage.id,
        )


def _run(
    attempt: int, cluster: str, node: str, sent: datetime | None, began: datetime | None
) -> Iterator[Event]:
    if sent is not None:
        yield Event(sent, "sent", f"Run {attempt} was handed to {cluster}.")
    if began is not None:
        yield Event(began, "began", f"Run {attempt} began{f' on {node}' if node else ''}.")


def _kind(run: RunView) -> str:
    return "ended" if run.outcome == "done" else "failed"


def _ended(run: RunView) -> str:
    code = "" if run.exit_code is None else f", exit code {run.exit_code}"
    return f"Run {run.attempt} ended: {run.outcome}{code}. {run.words}".strip()


def _left(job: JobView, left: Sequence[OutputView]) -> Iterator[Event]:
    for each in left[:_SHOWN]:
        if each.words:
            yield Event(job.changed, "failed", f"{each.name} did not come home: {each.words}")
        else:
            whole = f"{each.size:,} bytes, sha256 {each.sha256}"
            words = f"{each.name} came home as {each.space}:/{each.path}: {whole}."
            yield Event(job.changed, "hosted", words)
    if len(left) > _SHOWN:
        yield Event(job.changed, "hosted", "More files came home; the results name them all.")
