"""One folder: what is in it, a page at a time, and everything that can be done with it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import Role, Space
from waystation.domains.hosting.door import names as names_of
from waystation.interfaces.services import services
from waystation.interfaces.web import shell
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.files.nearline import Residence, may_bring, residences
from waystation.interfaces.web.pages.files.one import file
from waystation.interfaces.web.pages.files.spaces import room, subject
from waystation.interfaces.web.pages.files.tokens import upload_token
from waystation.interfaces.web.visitor import may, server, shown, signed_in

PAGE = 200
PROBLEMS = {
    "precondition": "There is a file of that name already. Tick “replace” to put this there.",
    "over-quota": "There is no room for it: the quota is used up. Delete something.",
    "storage-full": "The disk is full. Tell the operators; try again later.",
    "unauthenticated": "This page was open for too long. Choose the file again.",
    "no-parent": "The folder is not there any more.",
    "malformed": "The file did not come whole, or has a name that cannot be. Choose it again.",
}
"""What became of an upload by form, in words; by code of the error."""
SORRY = "The file was not stored. Try again."


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it."""

    entry: Entry
    address: str
    content: str
    owner: str
    sha256: str
    where: Residence | None
    damage: str
    commands: list[tuple[str, str]]


@require_safe
@signed_in
def folder(request: HttpRequest, who: Grant, space: str, path: str = "") -> HttpResponse:
    """Show a folder, or the file that the address is of."""
    hosting = services().hosting
    here, entry = hosting.files.look(who, space, path)
    names = names_of(path)
    if not entry.folder:
        return file(request, who, here, entry, names)
    after = places.after(request.GET.get("after", ""))
    found = hosting.files.page(entry, after=after, limit=PAGE + 1)
    page = found[:PAGE]
    more = urlencode({"after": places.mark(page[-1])}) if len(found) > PAGE else ""
    where = residences(here, "/".join(names), page)
    brings, writes = may_bring(who, where), may(who, space, Role.WRITER)
    runs = bool(page) and services().jobs.offered(who)
    context = {
        "nav": "files",
        "space": here,
        "nearline": bool(where),
        "brings": brings,
        "runs": runs,
        "picks": brings or writes or runs,
        "crumbs": places.crumbs(space, names),
        "path": "/".join(names),
        "lines": _lines(who, space, names, page, where=where, address=server(request)),
        "archive": places.archive(space, "/".join(names)),
        "writes": writes,
        "shares": may(who, space, Role.MANAGER),
        "first": after is None,
        "more": more,
        "page_size": PAGE,
        "room": room(hosting.quotas.usage([subject(here)])[subject(here)]),
        **_told(request, space),
        **_offers(request, here, names, nearline=bool(where)),
    }
    return shown(request, who, "web/files/folder.html", context)


def _lines(
    who: Grant,
    space: str,
    names: list[str],
    page: list[Entry],
    *,
    where: dict[int, Residence],
    address: str,
) -> list[Line]:
    damage = services().hosting.caring.among(page)
    owners = services().accounts.names({entry.owner_id for entry in page} | {who.user_id})
    return [
        Line(
            entry,
            (places.folder if entry.folder else places.file)(
                space, "/".join([*names, entry.name])
            ),
            places.content(space, "/".join([*names, entry.name])),
            owners.get(entry.owner_id, "somebody who left"),
            entry.sha256.hex() if entry.sha256 else "",
            where.get(entry.id),
            damage.get(entry.id, ""),
            shell.for_file(
                space, "/".join([*names, entry.name]), folder=entry.folder, address=address
            ),
        )
        for entry in page
    ]


def _told(request: HttpRequest, space: str) -> dict[str, object]:
    """What the upload form came back with, and what can be undone."""
    code = request.GET.get("problem", "")
    deleted = request.session.pop("deleted", None) if "deleted" in request.session else None
    return {
        "stored": request.GET.get("stored", "")[:255],
        "problem": PROBLEMS.get(code, SORRY) if code else "",
        "deleted": deleted if deleted and deleted["space"] == space else None,
    }


def _offers(
    request: HttpRequest, space: Space, names: list[str], *, nearline: bool
) -> dict[str, object]:
    """The address of the upload form, and the same in a shell."""
    return {
        "token": upload_token(request, space.name),
        "commands": shell.for_folder(
            space.name, "/".join(names), address=server(request), nearline=nearline
        ),
    }
