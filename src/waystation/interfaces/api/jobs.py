"""Jobs: commands that run on clusters beside the data."""

from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.jobs.door import MOST_LOG
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms_jobs import NumbersForm, WishForm
from waystation.interfaces.api.forms_sites import AskedForm
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.stories import story
from waystation.interfaces.wire_jobs import (
    ClustersWire,
    JobRequestsWire,
    JobRequestWire,
    JobsWire,
    LogWire,
    OutputsWire,
    RunsWire,
    StoryWire,
)

router = Router(tags=["jobs"])
Page = Annotated[int, Field(ge=1, le=1_000)]
Number = Annotated[int, Field(ge=1, le=2**62)]
After = Annotated[int, Field(ge=0, le=2**31 - 1)]
N = Annotated[int, Field(ge=1, le=2**31 - 1)]
Which = Literal["all", "open", "ended", "failed"]
State = Annotated[str, Field(max_length=20)]


@router.post("/job-requests", summary="Run commands", openapi_extra=answers(JobRequestWire))
def submit(request: HttpRequest, form: WishForm) -> object:
    """One job, or up to 100,000 alike; durable when answered."""
    view, made = services().jobs.submit(who(request), form.wish())
    return JobRequestWire(view, made)


@router.get("/job-requests", summary="Requests of jobs", openapi_extra=answers(JobRequestsWire))
def every_request(
    request: HttpRequest, which: Which = "all", before: Number | None = None, limit: Page = 50
) -> object:
    """The caller's, newest first; everybody's for administrators."""
    found = services().jobs.requests(who(request), which=which, before=before, limit=limit)
    return JobRequestsWire(found, found[-1].id if len(found) == limit else None)


@router.get(
    "/job-requests/{number}", summary="A request of jobs", openapi_extra=answers(JobRequestWire)
)
def one(request: HttpRequest, number: Number) -> object:
    """How it stands. With `Accept: text/event-stream` it comes at each change."""
    return JobRequestWire(services().jobs.request(who(request), number), made=False)


@router.get(
    "/job-requests/{number}/jobs", summary="Jobs of a request", openapi_extra=answers(JobsWire)
)
def jobs(
    request: HttpRequest, number: Number, after: After = 0, limit: Page = 500, state: State = ""
) -> object:
    """By number; give `next_after` back as `after` for the next page."""
    found = services().jobs.jobs(who(request), number, after=after, limit=limit, state=state)
    return JobsWire(found, found[-1].n if len(found) == limit else None)


@router.get(
    "/job-requests/{number}/runs",
    summary="Runs of a request that are over",
    openapi_extra=answers(RunsWire),
)
def runs(
    request: HttpRequest,
    number: Number,
    after_job: After = 0,
    after_attempt: Annotated[int, Field(ge=0, le=32_767)] = 0,
    limit: Page = 500,
) -> object:
    """All attempts, with how each ended."""
    after = after_job, after_attempt
    return RunsWire(services().jobs.runs(who(request), number, after=after, limit=limit))


@router.get(
    "/job-requests/{number}/outputs", summary="What jobs left", openapi_extra=answers(OutputsWire)
)
def outputs(
    request: HttpRequest,
    number: Number,
    after_job: After = 0,
    after_name: Annotated[str, Field(max_length=4_096)] = "",
    limit: Page = 500,
) -> object:
    """Where each file is, with its sha256; or why it did not come."""
    after = after_job, after_name
    return OutputsWire(services().jobs.outputs(who(request), number, after=after, limit=limit))


@router.get(
    "/job-requests/{number}/jobs/{n}/timeline",
    summary="What happened to a job",
    openapi_extra=answers(StoryWire),
)
def timeline(request: HttpRequest, number: Number, n: N) -> object:
    """From the question to the result: its inputs on tape, its runs, and what it left."""
    return StoryWire(story(who(request), number, n))


@router.get(
    "/job-requests/{number}/jobs/{n}/log",
    summary="What a job wrote",
    openapi_extra=answers(LogWire),
)
def log(
    request: HttpRequest,
    number: Number,
    n: N,
    stream: Literal["stdout", "stderr"] = "stdout",
    *,
    offset: Annotated[int, Field(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Field(ge=1, le=MOST_LOG)] = 65_536,
) -> object:
    """Also while it runs: ask again with `next` as `offset`."""
    data = services().jobs.log(who(request), number, n, stream=stream, offset=offset, limit=limit)
    return LogWire(data.decode(errors="replace"), offset + len(data))


@router.post(
    "/job-requests/{number}/cancel", summary="Stop jobs", openapi_extra=answers(JobRequestWire)
)
def cancel(request: HttpRequest, number: Number, form: NumbersForm) -> object:
    """Those that have not ended; what runs is stopped at its cluster."""
    view = services().jobs.cancel(who(request), number, form.jobs)
    return JobRequestWire(view, made=False)


@router.post(
    "/job-requests/{number}/retry", summary="Run again", openapi_extra=answers(JobRequestWire)
)
def retry(request: HttpRequest, number: Number, form: NumbersForm) -> object:
    """What failed, was lost or was cancelled."""
    view = services().jobs.retry(who(request), number, form.jobs)
    return JobRequestWire(view, made=False)


@router.get("/clusters", summary="Clusters", openapi_extra=answers(ClustersWire))
def clusters(request: HttpRequest) -> object:
    """How full they are, and what is wrong with them."""
    return ClustersWire(services().jobs.clusters(who(request)))


@router.post(
    "/clusters/{name}/drain", summary="Drain a cluster", openapi_extra=answers(ClustersWire)
)
def drain(request: HttpRequest, name: str, form: AskedForm) -> object:
    """No new jobs for it while on; for administrators."""
    return ClustersWire(services().jobs.drain(who(request), name, drained=form.on))
