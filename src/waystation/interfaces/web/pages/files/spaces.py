"""My spaces, and how full they are."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role, Space
from waystation.domains.quotas.door import Usage
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import shown, signed_in

ROLES = {
    Role.READER: "may look",
    Role.WRITER: "may change",
    Role.MANAGER: "manages",
    Role.OWNER: "owns",
    Role.NONE: "",
}
_NEARLY_FULL = 0.9


@dataclass(frozen=True, slots=True)
class Room:
    """How full a space is.

    Attributes:
        used, files: what is there.
        limit: bytes there may be; None is no limit.
        share: of the limit in thousandths, for a bar.
        tight: nearly full.
    """

    used: int
    files: int
    limit: int | None
    share: int
    tight: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A space as a page shows it."""

    space: Space
    role: str
    room: Room


@require_safe
@signed_in
def spaces(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show every space in which the visitor has a role."""
    hosting = services().hosting
    mine = hosting.spaces.mine(who)
    usage = hosting.quotas.usage([subject(each.space) for each in mine])
    cards = [Card(each.space, ROLES[each.role], room(usage[subject(each.space)])) for each in mine]
    return shown(request, who, "web/files/spaces.html", {"nav": "files", "cards": cards})


def subject(space: Space) -> str:
    """As whom a space is charged."""
    return f"space:{space.id}"


def room(usage: Usage) -> Room:
    """How full something is; what uploads have reserved counts."""
    bytes_ = usage.used.bytes + usage.held.bytes
    limit = usage.limits.hard_bytes
    share = min(1.0, bytes_ / limit) if limit else float(limit == 0)
    return Room(bytes_, usage.used.files, limit, round(1000 * share), tight=share > _NEARLY_FULL)
