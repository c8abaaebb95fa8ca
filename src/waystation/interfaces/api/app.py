"""The ordinary API: everything that is not in the hot lane, and the OpenAPI document of both."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError
from psycopg import DataError

from waystation import __version__
from waystation.interfaces import problems
from waystation.interfaces.api import (
    access,
    catalogue,
    changes,
    health,
    hot,
    jobs,
    library,
    looks,
    messages,
    metrics,
    notify,
    people,
    sites,
    spaces,
)
from waystation.interfaces.api.callers import caller
from waystation.interfaces.api.render import MsgspecParser, MsgspecRenderer
from waystation.interfaces.api.routers import staging
from waystation.interfaces.api.shapes import DocumentedAPI
from waystation.kernel import tracing
from waystation.kernel.errors import MalformedError, TooLargeError, WaystationError

api = DocumentedAPI(
    title="Waystation",
    version=__version__,
    description="Bring files up from tape, follow them, hold them.",
    urls_namespace="api",
    renderer=MsgspecRenderer(),
    parser=MsgspecParser(),
    auth=caller,
)
api.add_router("", health.router, auth=None)
for module in (hot, looks, changes):
    assert module.staging is staging  # imported for the operations that they add to it
api.add_router("", staging)
for each in (library, catalogue, notify, messages, people, spaces, access, sites, jobs, metrics):
    api.add_router("", each.router)
api.add_router("/replication", sites.partners)


@api.exception_handler(WaystationError)
def refused(request: HttpRequest, error: WaystationError) -> HttpResponse:
    """A problem document with the error's own status."""
    body = problems.document(error, request_id=tracing.request_id.get())
    response = api.create_response(request, body, status=problems.status_of(error.code))
    response.headers["Content-Type"] = problems.MEDIA_TYPE
    if response.status_code == problems.STATUS["unauthenticated"]:
        response.headers["WWW-Authenticate"] = problems.CHALLENGE
    return response


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Parameters of the wrong form: where, and what is wrong."""
    first = error.errors[0] if error.errors else {}
    where = ".".join(str(part) for part in first.get("loc", ()))
    words = f"{where}: {first.get('msg', 'not what is expected')}"
    return refused(request, MalformedError(words, advice="See /api/v1/docs for the form."))


@api.exception_handler(DataError)
def unfit(request: HttpRequest, problem: DataError) -> HttpResponse:
    """A value that the database cannot hold."""
    return refused(request, problems.unfit(problem))


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, problem: RequestDataTooBig) -> HttpResponse:
    """A body larger than the ordinary lane takes."""
    del problem
    return refused(request, TooLargeError("The body is too large.", advice="Split it."))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is no JSON, and the like."""
    return refused(request, MalformedError(str(error), advice="See /api/v1/docs for the form."))
