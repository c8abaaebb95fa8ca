"""The buttons of a folder: each posts here, then the folder is shown with what came of it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import HIDDEN, Role
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import MalformedError, WaystationError


@require_POST
@signed_in
def make_folder(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Make a folder in the folder."""
    name = request.POST.get("name", "").strip()

    def change() -> str:
        services().hosting.files.make_folder(who, space, _below(request, name))
        return format_html("The folder {} is made.", name)

    return _done(request, space, change)


@require_POST
@signed_in
def move(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Give something another name, or with a leading slash another place in the space."""
    name, target = request.POST.get("name", ""), request.POST.get("to", "").strip()

    def change() -> str:
        to = target if target.startswith("/") else _below(request, target)
        services().hosting.files.move(who, space, _below(request, name), to)
        return format_html("{} is now {}.", name, target)

    return _done(request, space, change)


@require_POST
@signed_in
def delete(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Delete what was ticked; the message offers to bring it back."""
    names = request.POST.getlist("names")

    def change() -> str:
        if not names:
            raise MalformedError("Nothing was ticked.", advice="Tick the files to delete.")
        files = services().hosting.files
        gone = [files.look(who, space, _below(request, name))[1] for name in names]
        for name in names:
            files.remove(who, space, _below(request, name))
        what = names[0] if len(names) == 1 else f"{len(names)} things"
        ids = ",".join(str(entry.id) for entry in gone)
        request.session["deleted"] = {"space": space, "ids": ids, "what": what}
        return ""  # the folder says so, and offers to undo it

    return _done(request, space, change)


@require_POST
@signed_in
def bring_back(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Bring deleted things back."""
    ids = [int(text) for text in request.POST.get("ids", "").split(",") if text.isdecimal()]

    def change() -> str:
        trash = services().hosting.trash
        back = [trash.bring_back(who, space, entry_id) for entry_id in ids]
        if not back:
            raise MalformedError("Nothing was chosen.")
        what = f"/{back[0]}" if len(back) == 1 else f"{len(back)} things"
        request.session.pop("deleted", None)
        return format_html("{} is back.", what)

    return _done(request, space, change)


@require_safe
@signed_in
def trash(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Show what was deleted and can be brought back."""
    context = {
        "nav": "files",
        "space": services().hosting.spaces.need(who, space, Role.WRITER),
        "crumbs": places.crumbs(space, []),
        "deleted": services().hosting.trash.list(who, space),
    }
    return shown(request, who, "web/files/trash.html", context)


def _below(request: HttpRequest, name: str) -> str:
    """A name in the folder that the form is of."""
    if not name or "/" in name.strip("/") or name == HIDDEN:
        raise MalformedError("That is not a name.", advice="A name has no slash in it.")
    return f"{request.POST.get('folder', '').strip('/')}/{name}"


def _done(request: HttpRequest, space: str, change: Callable[[], str]) -> HttpResponse:
    """Make the change and show the folder with the words that it gives, or why not."""
    try:
        if words := change():
            messages.success(request, words)
    except WaystationError as error:
        messages.error(request, f"{error.sentence} {error.advice}".strip())
    if request.POST.get("from") == "trash":
        return redirect(reverse("web:trash", args=[space]))
    return redirect(places.folder(space, request.POST.get("folder", "")))
