"""Changing a request: cancel, retry, release, extend."""

from django.http import HttpRequest

from waystation.domains.staging.door import RequestView
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import ExtendForm, PathsForm
from waystation.interfaces.api.routers import staging
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services

_ONE = "/stage-requests/{int:request_id}"


@staging.post(
    _ONE + "/cancel", summary="Take back what has not come", openapi_extra=answers(RequestView)
)
def cancel(request: HttpRequest, request_id: int, form: PathsForm | None = None) -> object:
    """Files that somebody else wants too go on for them."""
    return services().staging.cancel(who(request), request_id, form.paths if form else None)


@staging.post(
    _ONE + "/retry", summary="Try failed files again", openapi_extra=answers(RequestView)
)
def retry(request: HttpRequest, request_id: int) -> object:
    """Opens an ended request again."""
    return services().staging.retry(who(request), request_id)


@staging.post(_ONE + "/release", summary="Give pins back", openapi_extra=answers(RequestView))
def release(request: HttpRequest, request_id: int, form: PathsForm | None = None) -> object:
    """The disk copies may go once nobody holds them."""
    return services().staging.release(who(request), request_id, form.paths if form else None)


@staging.post(_ONE + "/extend", summary="Hold longer", openapi_extra=answers(RequestView))
def extend(request: HttpRequest, request_id: int, form: ExtendForm) -> object:
    """Online files are held for this long from now."""
    return services().staging.extend(who(request), request_id, lifetime_s=form.lifetime_s)
