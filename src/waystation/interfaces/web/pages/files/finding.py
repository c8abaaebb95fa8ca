"""Search: files and folders by their names."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Hit
from waystation.interfaces.problems import status_of
from waystation.interfaces.services import services
from waystation.interfaces.web import shell
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import server, shown, signed_in
from waystation.kernel.errors import NotFoundError, WaystationError


@dataclass(frozen=True, slots=True)
class Line:
    """A hit as the page shows it.

    Attributes:
        hit: itself.
        address: of its page.
        above: the folder it is in, with the space, and the address of that.
    """

    hit: Hit
    address: str
    above: str
    above_address: str


@require_safe
@signed_in
def find(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show what has such a name."""
    asked = request.GET.get("q", "").strip()
    space, folder = request.GET.get("space", ""), request.GET.get("folder", "").strip("/")
    context: dict[str, object] = {"nav": "files", "q": asked, "in_space": space, "folder": folder}
    status = 200
    if asked:
        try:
            found = services().hosting.finding.find(
                who,
                asked,
                space_name=space,
                folder=folder,
                before=number_or_none(request.GET, "before"),
            )
        except NotFoundError:
            raise
        except WaystationError as error:
            context |= {"problem": error.sentence, "advice": error.advice}
            status = status_of(error.code)
        else:
            query = {"q": asked, "space": space, "folder": folder, "before": found.next_before}
            context |= {
                "lines": [_line(hit) for hit in found.found],
                "more": urlencode(query) if found.next_before else "",
                "commands": shell.for_search(asked, space, folder, address=server(request)),
            }
    return shown(request, who, "web/files/find.html", context, status=status)


def _line(hit: Hit) -> Line:
    space = hit.space.name
    above = hit.path.rpartition("/")[0]
    to = places.folder if hit.entry.folder else places.file
    return Line(hit, to(space, hit.path), f"{space}:/{above}", places.folder(space, above))
