"""Changing requests of jobs from their page."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from waystation.domains.accounts.door import Grant
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import Page
from waystation.kernel.errors import WaystationError


def changed(change: Callable[[Grant, int, list[int]], str]) -> Page:
    """Let a change end on the page of its request; `job` in the form is one job of it."""

    @wraps(change)
    def view(request: HttpRequest, who: Grant, number: int) -> HttpResponse:
        one = number_or_none(request.POST, "job")
        try:
            messages.success(request, change(who, number, [one] if one is not None else []))
        except WaystationError as error:
            messages.error(request, f"{error.sentence} {error.advice}".strip())
        return redirect("web:job-request", number=number)

    return view
