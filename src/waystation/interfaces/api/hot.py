"""What the hot lane answers, declared here for the OpenAPI document.

Requests for these never arrive in Django (`interfaces.hot.lane`); schemathesis compares the two.
"""

from typing import NoReturn

from django.http import HttpRequest

from waystation.domains.staging.door import FileView, RequestView
from waystation.interfaces.api.forms import StageForm
from waystation.interfaces.api.routers import staging
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.wire import SubmittedWire
from waystation.kernel.errors import UnavailableError


def _elsewhere() -> NoReturn:
    raise UnavailableError("This call is answered by the hot lane, which is not in front here.")


@staging.post(
    "/stage-requests", summary="Ask for files", openapi_extra=answers(SubmittedWire, 200, 201)
)
def submit(request: HttpRequest, form: StageForm) -> NoReturn:
    """Durable before it answers; 200 when the external id was known already."""
    del request, form
    _elsewhere()


@staging.get(
    "/stage-requests/{int:request_id}", summary="One request", openapi_extra=answers(RequestView)
)
def one(request: HttpRequest, request_id: int) -> NoReturn:
    """State, counts, forecast and why it waits."""
    del request, request_id
    _elsewhere()


@staging.get("/files/status", summary="Where one file is", openapi_extra=answers(FileView))
def file_status(request: HttpRequest, path: str, store: str = "") -> NoReturn:
    """What we hold about it, else what the tape system says."""
    del request, path, store
    _elsewhere()
