"""One page with all that is settled about a space."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Role, Space
from waystation.domains.quotas.door import Usage
from waystation.interfaces.services import services
from waystation.interfaces.web import shell
from waystation.interfaces.web.pages.files import places
from waystation.interfaces.web.pages.space import people
from waystation.interfaces.web.visitor import may, server, shown, signed_in


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of something is used.

    Attributes:
        words: whose it is.
        usage: of it.
        grace_ends: when nothing more is taken; None while no soft limit is passed.
    """

    words: str
    usage: Usage
    grace_ends: datetime | None


@require_safe
@signed_in
def settings(request: HttpRequest, who: Grant, space: str) -> HttpResponse:
    """Show what is settled, with forms for whoever may change it."""
    house = services()
    here = house.hosting.spaces.need(who, space, Role.MANAGER)
    asked = request.GET.get("account", "").strip()
    context = {
        "nav": "files",
        "space": here,
        "crumbs": places.crumbs(space, []),
        "owns": may(who, space, Role.OWNER),
        "members": people.members(house, house.hosting.spaces.roles(who, space), here.owner_id),
        "kinds": people.KINDS,
        "roles": people.ROLES,
        "bars": _bars(here),
        "holds": house.hosting.terms.holds(who, space),
        "account": asked,
        **_explained(who, space, asked),
        "commands": shell.for_settings(space, address=server(request)),
    }
    return shown(request, who, "web/space/settings.html", context)


def _bars(space: Space) -> list[Bar]:
    house = services()
    named = ((f"space:{space.id}", "This space"), (f"user:{space.owner_id}", "All of its owner"))
    usage = house.hosting.quotas.usage([subject for subject, _ in named])
    return [Bar(words, usage[subject], _grace_ends(usage[subject])) for subject, words in named]


def _grace_ends(usage: Usage) -> datetime | None:
    since = usage.over_since
    return since + timedelta(seconds=usage.limits.grace_s) if since is not None else None


def _explained(who: Grant, space: str, account: str) -> dict[str, object]:
    """Why somebody can or cannot, if that is asked."""
    if not account:
        return {}
    house = services()
    subject = house.accounts.by_name(account)
    if subject is None:
        return {"unknown": f"There is no account {account!r}."}
    return {"explained": house.hosting.spaces.explain(who, subject, space)}
