"""Pages for what went wrong before or after a page of ours; the root addresses name them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing at this address."""
    del exception
    return _page(request, 404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this is not for whoever asks."""
    del exception
    return _page(request, 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the form or address cannot be read."""
    del exception
    return _page(request, 400)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault; touches no database, which may be what is broken."""
    return _page(request, 500)


def no_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form came from elsewhere or from before the last sign-in."""
    del reason
    return _page(request, 403)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    request_id = str(getattr(request, "request_id", ""))
    return render(None, f"{status}.html", {"request_id": request_id}, status=status)
