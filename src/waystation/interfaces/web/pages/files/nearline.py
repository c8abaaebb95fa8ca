"""Files of a space that go to tape: where they are, and the button that brings them to disk."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Locality, Space
from waystation.domains.staging.door import ConfirmNeededError
from waystation.interfaces import bringing
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import WaystationError

WORDS = {
    Locality.DISK: ("online", "on disk"),
    Locality.BOTH: ("online", "on disk and tape"),
    Locality.TAPE: ("nearline", "on tape"),
    Locality.LOST: ("failed", "no readable copy"),
    Locality.UNKNOWN: ("waiting", "not known now"),
}
_COMING = {"waiting", "queued", "recalling"}


@dataclass(frozen=True, slots=True)
class Residence:
    """Where a file is, as the page shows it.

    Attributes:
        state: picks the colour of its mark.
        words: for people.
        away: it cannot be read now.
        asked: it is on its way.
    """

    state: str
    words: str
    away: bool
    asked: bool


def residences(space: Space, path: str, page: Sequence[Entry]) -> dict[int, Residence]:
    """Where the files of a page are, by entry; nothing for a space that is never on tape."""
    told = services().hosting.files.localities(space, path, page)
    away = [entry for entry in page if told.get(entry.id) is Locality.TAPE]
    views = bringing.look(services(), space, [f"{path}/{e.name}" for e in away]) if away else []
    coming = {e.id for e, view in zip(away, views, strict=True) if view.staging in _COMING}
    return {
        number: Residence("recalling", "on its way", away=True, asked=True)
        if number in coming
        else Residence(*WORDS[where], away=where in {Locality.TAPE, Locality.LOST}, asked=False)
        for number, where in told.items()
    }


def may_bring(who: Grant, found: dict[int, Residence]) -> bool:
    """Whether the page offers to bring files to disk."""
    return bool(found) and Scope.STAGE in who.scopes


@require_POST
@signed_in
def bring(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Ask for what was ticked; many are asked for once more before it is done."""
    folder, names = request.POST.get("folder", "").strip("/"), request.POST.getlist("names")
    paths = [f"{folder}/{name}".lstrip("/") for name in names]
    confirm = request.POST.get("confirm") == "yes"
    try:
        done = bringing.bring(services(), who, space, paths, confirm=confirm)
    except ConfirmNeededError as many:
        context = {
            "nav": "files",
            "space": services().hosting.files.look(who, space, "")[0],
            "crumbs": places.crumbs(space, [name for name in folder.split("/") if name]),
            "names": names,
            "folder": folder,
            "back": places.folder(space, folder),
            "words": many.sentence,
        }
        return shown(request, who, "web/files/many.html", context)
    except WaystationError as error:
        messages.error(request, f"{error.sentence} {error.advice}".strip())
    else:
        made = done.request
        words = '{} asked for: <a href="/requests/{}">follow request {}</a>.'
        what = "One file is" if made.files == 1 else f"{made.files:,} files are"
        messages.success(request, format_html(words, what, made.id, made.id))
    return redirect(places.folder(space, folder))
