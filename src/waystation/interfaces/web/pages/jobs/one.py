"""One request of jobs, and one job of it with what it writes."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.stories import story
from waystation.interfaces.web.pages.jobs.changing import changed
from waystation.interfaces.web.pages.jobs.looks import JOBS, shown_input, shown_job, shown_request
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import UnavailableError

_PAGE, _OUTPUTS, _INPUTS = 100, 100, 100
_TAIL = 64 * 1024


@require_safe
@signed_in
def job_request(request: HttpRequest, who: Grant, number: int) -> HttpResponse:
    """Show a request with its jobs and what they left."""
    house, after = services().jobs, number_or_none(request.GET, "after") or 0
    state = request.GET.get("state", "")
    state = state if state in JOBS else ""
    found = house.jobs(who, number, after=after, limit=_PAGE + 1, state=state)
    context = {
        "nav": "jobs",
        "one": shown_request(house.request(who, number)),
        "jobs": [shown_job(each) for each in found[:_PAGE]],
        "outputs": house.outputs(who, number, limit=_OUTPUTS),
        "state": state,
        "states": [(name, words) for name, (_, words) in JOBS.items()],
        "after": after,
        "next_after": found[_PAGE - 1].n if len(found) > _PAGE else None,
    }
    return shown(request, who, "web/jobs/request.html", context)


@require_safe
@signed_in
def job(request: HttpRequest, who: Grant, number: int, n: int) -> HttpResponse:
    """Show a job: what goes in, what happened, what came home, and the end of what it wrote."""
    house = services().jobs
    inputs = house.inputs(who, number, n)
    left = house.outputs(who, number, after=(n, ""), limit=_OUTPUTS)
    context = {
        "nav": "jobs",
        "request_view": house.request(who, number),
        "job": shown_job(house.job(who, number, n)),
        "inputs": [shown_input(each) for each in inputs[:_INPUTS]],
        "more_inputs": len(inputs[_INPUTS:]),
        "outputs": [each for each in left if each.n == n],
        "events": story(who, number, n),
        "logs": [(name, _log(who, number, n, name)) for name in ("stdout", "stderr")],
    }
    return shown(request, who, "web/jobs/job.html", context)


@require_POST
@signed_in
@changed
def cancel(who: Grant, number: int, jobs: list[int]) -> str:
    """Stop what has not ended."""
    services().jobs.cancel(who, number, jobs)
    return "It is being stopped."


@require_POST
@signed_in
@changed
def retry(who: Grant, number: int, jobs: list[int]) -> str:
    """Run again what did not end well."""
    services().jobs.retry(who, number, jobs)
    return "It runs again."


def _log(who: Grant, number: int, n: int, stream: str) -> str:
    """The end of what it wrote; why not, when the cluster does not answer."""
    try:
        data = services().jobs.log(who, number, n, stream=stream, offset=-_TAIL, limit=_TAIL)
    except UnavailableError as problem:
        return problem.sentence
    return data.decode(errors="replace")
