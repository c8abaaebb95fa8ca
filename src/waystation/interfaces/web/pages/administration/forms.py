"""What all these pages do: ask for an administrator, say refusals on the page they came from."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from waystation.domains.accounts.door import Grant, need_admin
from waystation.interfaces.web.visitor import Page, signed_in
from waystation.kernel.errors import MalformedError, WaystationError

Change = Callable[..., str]
"""Changes something; what to say of it."""

TABS = (
    ("administration", "Accounts"),
    ("groups", "Groups"),
    ("space-usage", "Spaces"),
    ("sites", "Sites"),
    ("notices", "Messages"),
    ("audit", "Audit"),
)


def administrators(page: Page) -> Page:
    """Make a view of a page that only administrators see."""

    @wraps(page)
    def view(request: HttpRequest, who: Grant, **named: object) -> HttpResponse:
        need_admin(who)
        return page(request, who, **named)

    return signed_in(view)


def sent_back(to: str) -> Callable[[Change], Page]:
    """Let a form's view end on the page it came from, whether it went well or was refused."""

    def decorate(change: Change) -> Page:
        @wraps(change)
        def view(request: HttpRequest, who: Grant, **named: object) -> HttpResponse:
            try:
                messages.success(request, change(request, who, **named))
            except WaystationError as error:
                messages.error(request, f"{error.sentence} {error.advice}".strip())
            return redirect(to)

        return view

    return decorate


def moment(text: str) -> datetime | None:
    """A time from a form, UTC; None of an empty field.

    Raises:
        MalformedError: it is no time.
    """
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as problem:
        raise MalformedError(f"{text!r} is no time.", advice="2026-11-01T12:00") from problem
    return found if found.tzinfo else found.replace(tzinfo=UTC)
