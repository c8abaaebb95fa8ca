"""The links of a space: a new one for a file or folder, those that there are, their end."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role, names
from waystation.domains.sharing.door import PAGE, Listed, Wish
from waystation.interfaces import capable
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web import shell_access
from waystation.interfaces.web.choices import LINK_DAYS, USUAL_LINK_DAYS
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.share import lines
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel.errors import MalformedError, WaystationError

_FIRST = {"label": "", "days": USUAL_LINK_DAYS, "most": "", "kind": "give"}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def links(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """List links; a new one is made by POST and shown first."""
    house, status = services(), 200
    made, extra = None, dict[str, object]()
    form: dict[str, object] = dict(_FIRST)
    path = "/".join(names((request.POST or request.GET).get("path", "")))
    if request.method == "POST":
        try:
            made = house.sharing.make(who, space, _wish(request, path))
            extra = {"made": made, "address": _address(request, made)}
        except WaystationError as error:
            extra = {"problem": f"{error.sentence} {error.advice}".strip()}
            form = {key: request.POST.get(key, "") for key in _FIRST}
            status = status_of(error.code)
    where = house.hosting.spaces.need(who, space, Role.MANAGER)
    _, entry = house.hosting.files.look(who, space, path, content=False)
    if made is not None:
        name = "FILE" if entry.folder else entry.name
        extra["told"] = lines.for_visitor(made.share, _server(request), made.secret, name)
    found = house.sharing.links(who, space, before=number_or_none(request.GET, "before"))
    context = {
        "nav": "files",
        "space": where,
        "path": path,
        "entry": entry,
        "crumbs": places.crumbs(space, names(path) if entry.folder else names(path)[:-1]),
        "form": form,
        "lifetimes": LINK_DAYS,
        "links": [(each, _address(request, each)) for each in found],
        "older": _older(path, found),
        "commands": shell_access.for_links(
            space, path, folder=entry.folder, address=_server(request)
        ),
        **extra,
    }
    return shown(request, who, "web/share/links.html", context, status=status)


@require_POST
@signed_in
def revoke(request: HttpRequest, who: Grant, space: str, share_id: int) -> HttpResponse:
    """End a link at once."""
    services().sharing.revoke(who, space, share_id)
    messages.success(request, "The link is revoked; whoever has it gets nothing any more.")
    return redirect(_back(request, space))


@require_POST
@signed_in
def sign(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Sign the address of a file for an hour, for anybody who may read it; shown this once."""
    name = request.POST.get("name", "")
    path = f"{request.POST.get('folder', '')}/{name}" if name else request.POST.get("path", "")
    address, _ = capable.signed_address(services(), who, space=space, path=path)
    given = names(path)
    context = {
        "nav": "files",
        "name": given[-1],
        "crumbs": places.crumbs(space, given[:-1]),
        "address": f"{_server(request)}{address}",
    }
    return shown(request, who, "web/share/signed.html", context)


def _wish(request: HttpRequest, path: str) -> Wish:
    days, most = number_or_none(request.POST, "days"), request.POST.get("most", "").strip()
    if most and number_or_none(request.POST, "most") is None:
        raise MalformedError("How many downloads? Write a number, or nothing.")
    ends = services().clock.now() + timedelta(days=min(days, 3_650)) if days else None
    drop_box = request.POST.get("kind") == "take"
    return Wish(
        path=path,
        label=request.POST.get("label", ""),
        expires=ends,
        password=request.POST.get("password", ""),
        drop_box=drop_box,
        most_downloads=int(most) if most and not drop_box else None,
    )


def _address(request: HttpRequest, listed: Listed) -> str:
    return lines.address(_server(request), listed.secret) if listed.secret else ""


def _server(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _back(request: HttpRequest, space: str) -> str:
    path = request.POST.get("path", "")
    query = f"?{urlencode({'path': path})}" if path else ""
    return f"{reverse('web:links', args=[space])}{query}"


def _older(path: str, found: object) -> str:
    """The query of the next page; empty on the last one."""
    assert isinstance(found, list)
    if len(found) < PAGE:
        return ""
    return urlencode({"path": path, "before": found[-1].share.id})
