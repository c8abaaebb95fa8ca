"""What a link shows to whoever has it: a file, a folder, or a box to drop files into."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry
from waystation.domains.hosting.door import names
from waystation.domains.sharing.door import Visit
from waystation.interfaces import sources
from waystation.interfaces.previews import pictures, serving
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.shares import passes
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.files.folder import PROBLEMS, SORRY
from waystation.interfaces.web.pages.files.places import Crumb
from waystation.interfaces.web.pages.files.sight import sight
from waystation.interfaces.web.pages.share import lines
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import refusal
from waystation.kernel.errors import LimitReachedError, UnauthenticatedError, WaystationError

PAGE = 200
Page = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it."""

    entry: Entry
    address: str
    sha256: str


def visited(page: Page) -> Page:
    """Make a view of a link's page: find the link, word refusals, keep it out of caches."""

    @wraps(page)
    def view(request: HttpRequest, secret: str, **named: object) -> HttpResponse:
        try:
            found = services().sharing.visit(secret)
            response = page(request, secret, found, **named)
        except WaystationError as error:
            response = refusal(request, error)
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # The secret is in the address: other sites never learn it from the browser.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return view


@require_safe
@visited
def visit(request: HttpRequest, secret: str, found: Visit, path: str = "") -> HttpResponse:
    """Show what the link leads to, or ask for its password."""
    if not _open(request, found):
        return _gate(request, secret, found)
    if found.share.drop_box:
        return _shown(request, secret, found, "web/share/drop.html", _dropped(request))
    if not found.entry.folder:
        return _shown(request, secret, found, "web/share/file.html", _file(secret, found))
    return _folder(request, secret, found, path)


@sensitive_post_parameters("password")
@require_POST
@visited
def unlock(request: HttpRequest, secret: str, found: Visit) -> HttpResponse:
    """Try a password; a right one is remembered in this browser for some hours."""
    house, share = services(), found.share
    address = sources.address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    )
    try:
        house.sharing.unlock(share, request.POST.get("password", ""), address=address)
    except (UnauthenticatedError, LimitReachedError) as error:
        words = f"{error.sentence} {error.advice}".strip()
        status = 403 if isinstance(error, UnauthenticatedError) else status_of(error.code)
        return _gate(request, secret, found, problem=words, status=status)
    response = redirect("web:visit", secret=secret)
    ends = int(house.clock.now().timestamp()) + passes.LIFETIME_S
    response.set_cookie(
        passes.name(share.id),
        passes.mint(house.capability_key, share.id, share.password, ends=ends),
        max_age=passes.LIFETIME_S,
        path=reverse("web:visit", args=[secret]),
        httponly=True,
        samesite="Lax",
        secure=house.secure,
    )
    return response


def _open(request: HttpRequest, found: Visit) -> bool:
    """Whether the link has no password, or this browser has given it."""
    house, share = services(), found.share
    value = request.COOKIES.get(passes.name(share.id), "")
    now_s = house.clock.now().timestamp()
    return not share.password or passes.good(
        house.capability_key, share.id, share.password, value, now_s=now_s
    )


def _gate(
    request: HttpRequest, secret: str, found: Visit, *, problem: str = "", status: int = 200
) -> HttpResponse:
    # Not even the label: it is for those who may come in.
    context = {"secret": secret, "problem": problem, "drop_box": found.share.drop_box}
    return render(request, "web/share/gate.html", context, status=status)


def _file(secret: str, found: Visit) -> dict[str, object]:
    """The file, and what can be seen of it: of a link for some downloads only nothing is."""
    entry, house = found.entry, services()
    line = Line(entry, lines.content(secret, entry.name), _hex(entry))
    seen = None
    if found.share.most_downloads is None:
        picture = serving.link_address(house, found.who, secret)
        seen = sight(found.space, entry, found.path, picture=picture)
    return {"line": line, "entry": entry, "sight": seen, "most_picture": pictures.MOST_BYTES}


def _folder(request: HttpRequest, secret: str, found: Visit, path: str) -> HttpResponse:
    """A page of a folder: names only of what is in it."""
    below, files = names(path), services().hosting.files
    where = "/".join([*names(found.path), *below])
    _, entry = files.look(found.who, found.space.name, where, content=False)
    if not entry.folder:
        return redirect(lines.content(secret, "/".join(below)))
    after = places.after(request.GET.get("after", ""))
    page = files.page(entry, after=after, limit=PAGE + 1)
    context = {
        "crumbs": _crumbs(secret, found, below),
        "lines": [_line(secret, below, each) for each in page[:PAGE]],
        "first": after is None,
        "more": urlencode({"after": places.mark(page[PAGE - 1])}) if len(page) > PAGE else "",
        "page_size": PAGE,
        "here": below[-1] if below else "",
    }
    return _shown(request, secret, found, "web/share/folder.html", context)


def _line(secret: str, below: list[str], entry: Entry) -> Line:
    path = "/".join([*below, entry.name])
    if entry.folder:
        address = reverse("web:visit", args=[secret, f"{path}/"])
    else:
        address = lines.content(secret, path)
    return Line(entry, address, _hex(entry))


def _crumbs(secret: str, found: Visit, below: list[str]) -> list[Crumb]:
    crumbs = [Crumb(_title(found), reverse("web:visit", args=[secret]))]
    for depth, name in enumerate(below, 1):
        inner = "/".join(below[:depth]) + "/"
        crumbs.append(Crumb(name, reverse("web:visit", args=[secret, inner])))
    return crumbs


def _dropped(request: HttpRequest) -> dict[str, object]:
    code = request.GET.get("problem", "")
    return {
        "stored": number_or_none(request.GET, "stored") or 0,
        "problem": PROBLEMS.get(code, SORRY) if code else "",
    }


def _title(found: Visit) -> str:
    """What the link is called: a drop box without a label does not tell the folder's name."""
    if found.share.label:
        return found.share.label
    if found.share.drop_box:
        return "Drop box"
    return found.entry.name if found.path else found.space.title


def _from(who: Grant) -> str:
    return who.full_name or who.name


def _hex(entry: Entry) -> str:
    return entry.sha256.hex() if entry.sha256 else ""


def _shown(
    request: HttpRequest, secret: str, found: Visit, template: str, context: dict[str, object]
) -> HttpResponse:
    share, server = found.share, request.build_absolute_uri("/").rstrip("/")
    name = "FILE" if found.entry.folder else found.entry.name
    left = None if share.most_downloads is None else max(0, share.most_downloads - share.uses)
    needed = {
        "secret": secret,
        "share": share,
        "title": _title(found),
        "by": _from(found.who),
        "left": left,
        "commands": lines.for_visitor(share, server, secret, name),
        "now": services().clock.now(),
    }
    return render(request, template, {**needed, **context})
