"""Spaces with what is in them, and how much there may be."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role
from waystation.domains.quotas.door import Limits
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import TABS, administrators, sent_back
from waystation.interfaces.web.visitor import shown, signed_in
from waystation.kernel import sizes
from waystation.kernel.errors import ForbiddenError, MalformedError

_PAGE = 100
_DAY_S, _LONGEST = 86_400, 3_650


@require_safe
@administrators
def spaces(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show spaces by name with their usage."""
    house, after = services(), request.GET.get("after", "")
    every = [each.space for each in house.hosting.spaces.mine(who) if each.space.name > after]
    page = every[:_PAGE]
    usage = house.hosting.quotas.usage([f"space:{space.id}" for space in page])
    owners = house.accounts.names([space.owner_id for space in page])
    rows = [(space, owners.get(space.owner_id, ""), usage[f"space:{space.id}"]) for space in page]
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "space-usage",
        "rows": rows,
        "after": after,
        "next_after": page[-1].name if len(every) > _PAGE else None,
    }
    return shown(request, who, "web/administration/spaces.html", context)


@require_POST
@signed_in
@sent_back("web:space-usage")
def quota(request: HttpRequest, who: Grant, space: str) -> str:
    """Set a space's limits.

    Raises:
        ForbiddenError: The visitor is no administrator.
        MalformedError: A number that is none.
    """
    if not who.admin:
        raise ForbiddenError("Only administrators set limits.")
    house, form = services(), request.POST
    here = house.hosting.spaces.need(who, space, Role.OWNER)
    names = ("bytes", "soft_bytes", "files", "soft_files")
    most, soft, files, soft_files = (sizes.count(form.get(name, "")) for name in names)
    limits = Limits(most, soft, files, soft_files, _grace_s(form.get("grace_days", "")))
    house.hosting.quotas.limit(f"space:{here.id}", limits, now=house.clock.now())
    return f"The limits of {space} are set."


def _grace_s(text: str) -> int:
    """Days from a form, in seconds; nothing is what is usual.

    Raises:
        MalformedError: It is no number of days.
    """
    text = text.strip()
    if not text:
        return Limits().grace_s
    if not text.isascii() or not text.replace(".", "", 1).isdecimal() or float(text) > _LONGEST:
        raise MalformedError(f"{text[:40]!r} is no number of days.", advice="7, or 0.5.")
    return int(float(text) * _DAY_S)
