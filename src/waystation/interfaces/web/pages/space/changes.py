"""The forms of the settings: each changes one thing and shows the page with what came of it."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.space import people
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import Page, signed_in
from waystation.kernel.errors import MalformedError, WaystationError

Change = Callable[[HttpRequest, Grant, str], str]
"""Changes something; what to say of it."""


def _form(change: Change) -> Page:
    """Make a view of a change: it ends on the settings, whether it went well or was refused."""

    @wraps(change)
    def view(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
        try:
            messages.success(request, change(request, who, space))
        except WaystationError as error:
            messages.error(request, f"{error.sentence} {error.advice}".strip())
        return redirect(reverse("web:space-settings", args=[space]))

    return require_POST(signed_in(view))


@_form
def give(request: HttpRequest, who: Grant, space: str) -> str:
    """Give a role, or another one."""
    form, house = request.POST, services()
    found = people.principal(house, form.get("kind", ""), form.get("name", ""))
    role = number_or_none(form, "role") or 0
    if role not in {each.value for each, _ in people.ROLES}:
        raise MalformedError("Which role?")
    house.hosting.spaces.give(who, space, found, Role(role))
    return "The role is given."


@_form
def take(request: HttpRequest, who: Grant, space: str) -> str:
    """Take somebody's role away."""
    house = services()
    found = request.POST.get("principal", "")
    here = house.hosting.spaces.need(who, space, Role.MANAGER)
    if found == f"user:{here.owner_id}":
        raise MalformedError("The space is charged to its owner, whose role stays.")
    house.hosting.spaces.give(who, space, found, Role.NONE)
    return "The role is taken away."


@_form
def change(request: HttpRequest, who: Grant, space: str) -> str:
    """Change the title; and, as an owner, how files are stored and deleted."""
    form, terms = request.POST, services().hosting.terms
    if "trash_days" not in form:
        terms.change(who, space, title=form.get("title", ""))
    else:
        terms.change(
            who,
            space,
            title=form.get("title", ""),
            trash_days=_days(request, "trash_days"),
            durable=form.get("durable") == "yes",
            closed=form.get("closed") == "yes",
        )
    return "The space is changed."


@_form
def retain(request: HttpRequest, who: Grant, space: str) -> str:
    """Say how long files are kept, and when they go."""
    keep, gone = _days(request, "keep_days"), _days(request, "delete_days")
    services().hosting.terms.retain(who, space, keep_days=keep, delete_days=gone)
    return "The rules are changed."


@_form
def hold(request: HttpRequest, who: Grant, space: str) -> str:
    """Hold a place as it is."""
    form = request.POST
    made = services().hosting.terms.hold(who, space, form.get("path", ""), form.get("why", ""))
    return f"/{made.path} is held: nothing there is deleted, replaced or moved."


@_form
def lift(request: HttpRequest, who: Grant, space: str) -> str:
    """End a hold."""
    number = number_or_none(request.POST, "hold") or 0
    services().hosting.terms.lift(who, space, number, request.POST.get("why", ""))
    return "The hold is lifted."


def _days(request: HttpRequest, name: str) -> int:
    """A number of days from a form; nothing is none."""
    text = request.POST.get(name, "").strip()
    found = number_or_none(request.POST, name) if text else 0
    if found is None:
        raise MalformedError(f"{text[:40]!r} is no number of days.")
    return found
