"""The buttons of a request: each posts here, then the request is shown again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import signed_in
from waystation.interfaces.web.wording import duration
from waystation.kernel.errors import WaystationError


@require_POST
@signed_in
def retry(request: HttpRequest, who: Grant, request_id: int) -> HttpResponse:
    """Ask again for the failed files."""
    return _done(
        request,
        request_id,
        lambda: services().staging.retry(who, request_id),
        "The failed files are asked for again.",
    )


@require_POST
@signed_in
def cancel(request: HttpRequest, who: Grant, request_id: int) -> HttpResponse:
    """Take back what is not there yet."""
    return _done(
        request,
        request_id,
        lambda: services().staging.cancel(who, request_id),
        "The rest is cancelled.",
    )


@require_POST
@signed_in
def release(request: HttpRequest, who: Grant, request_id: int) -> HttpResponse:
    """Give back what is held."""
    return _done(
        request,
        request_id,
        lambda: services().staging.release(who, request_id),
        "Released. The files may leave the disk now; they stay on tape.",
    )


@require_POST
@signed_in
def extend(request: HttpRequest, who: Grant, request_id: int) -> HttpResponse:
    """Hold the files longer."""
    lifetime_s = number_or_none(request.POST, "lifetime") or 0
    return _done(
        request,
        request_id,
        lambda: services().staging.extend(who, request_id, lifetime_s=lifetime_s),
        f"The files are held for {duration(lifetime_s)} from now.",
    )


def _done(
    request: HttpRequest, request_id: int, change: Callable[[], object], words: str
) -> HttpResponse:
    """Make the change and show the request with what came of it."""
    try:
        change()
        messages.success(request, words)
    except WaystationError as error:
        messages.error(request, f"{error.sentence} {error.advice}".strip())
    return redirect("web:request", request_id=request_id)
