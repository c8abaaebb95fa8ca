"""Partner sites: whether they are there, what goes and comes, and why something does not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.transfers.door import ShipmentView
from waystation.interfaces.services import services
from waystation.interfaces.web.pages.administration.forms import TABS, administrators, sent_back
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in

_PAGE, _FILES, _REPAIRS = 50, 200, 50
LOOKS = {
    "planned": ("waiting", "planned"),
    "offered": ("queued", "waits for an engine"),
    "moving": ("recalling", "moving"),
    "arrived": ("recalling", "arrived, being taken in there"),
    "carried": ("recalling", "on a disk, on its way"),
    "wanted": ("queued", "waits for an engine"),
    "expected": ("queued", "announced"),
    "landing": ("recalling", "being taken in"),
    "done": ("complete", "done"),
    "partial": ("partial", "some did not get through"),
    "failed": ("failed", "did not get through"),
    "cancelled": ("cancelled", "cancelled"),
}
"""State of a shipment -> how it looks (as states of requests do), and its words."""
FILES = {"waiting": "waiting", "landed": "complete", "failed": "failed", "cancelled": "cancelled"}


@require_safe
@administrators
def sites(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show partners, rules and the newest shipments."""
    transfers, before = services().transfers, number_or_none(request.GET, "before")
    found = transfers.shipments(who, before=before, limit=_PAGE + 1)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "sites",
        "partners": transfers.partners(who),
        "rules": transfers.rules(who),
        "alarms": transfers.alarms(who),
        "repairs": transfers.repairs(who, limit=_REPAIRS),
        "shipments": [_shown(each) for each in found[:_PAGE]],
        "before": before,
        "next_before": found[_PAGE - 1].id if len(found) > _PAGE else None,
    }
    return shown(request, who, "web/administration/sites.html", context)


@require_safe
@administrators
def shipment(request: HttpRequest, who: Grant, number: int) -> HttpResponse:
    """Show a shipment with the truth of each of its files."""
    transfers, after = services().transfers, number_or_none(request.GET, "after") or 0
    found = transfers.files(who, number, after=after, limit=_FILES + 1)
    one = transfers.shipment(who, number)
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "sites",
        "one": _shown(one),
        "files": [(each, FILES[each.state]) for each in found[:_FILES]],
        "after": after,
        "next_after": found[_FILES - 1].n if len(found) > _FILES else None,
        "may_cancel": one.way == "out" and one.finished is None,
    }
    return shown(request, who, "web/administration/shipment.html", context)


@require_safe
@administrators
def rule(request: HttpRequest, who: Grant, name: str) -> HttpResponse:
    """Show what a rule has still to send, and how long that takes."""
    transfers = services().transfers
    context = {
        "nav": "administration",
        "tabs": TABS,
        "tab": "sites",
        "estimate": transfers.estimate_of(who, name),
    }
    return shown(request, who, "web/administration/rule.html", context)


@require_POST
@signed_in
@sent_back("web:sites")
def switch_partner(request: HttpRequest, who: Grant, name: str) -> str:
    """Send to a partner, or not."""
    on = request.POST.get("on") == "yes"
    services().transfers.switch(who, name, on=on)
    return f"Shipments go out to {name}." if on else f"Nothing new goes out to {name}."


@require_POST
@signed_in
@sent_back("web:sites")
def switch_rule(request: HttpRequest, who: Grant, name: str) -> str:
    """Let a rule work, or rest."""
    on = request.POST.get("on") == "yes"
    services().transfers.switch_rule(who, name, on=on)
    return f"The rule {name} works." if on else f"The rule {name} rests."


@require_POST
@signed_in
def cancel(request: HttpRequest, who: Grant, number: int) -> HttpResponse:
    """Cancel a shipment."""
    del request
    need_admin(who)
    services().transfers.cancel(who, number)
    return redirect("web:shipment", number)


def _shown(one: ShipmentView) -> dict[str, object]:
    look, words = LOOKS[one.state]
    return {"it": one, "look": look, "words": words}
