"""What was told to whom: callbacks and other messages, the dead ones to be tried again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.choices import WHICH_DELIVERIES
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in

_PAGE = 50


@require_safe
@signed_in
def deliveries(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show a page of deliveries, newest first."""
    state = request.GET.get("state", "all")
    if state not in dict(WHICH_DELIVERIES):
        state = "all"
    before = number_or_none(request.GET, "before")
    found = services().notify.deliveries(
        who, state=None if state == "all" else state, before=before, limit=_PAGE + 1
    )
    page = found[:_PAGE]
    context = {
        "nav": "deliveries",
        "deliveries": page,
        "choices": WHICH_DELIVERIES,
        "state": state,
        "before": before,
        "next_before": page[-1].id if len(found) > _PAGE else None,
    }
    return shown(request, who, "web/deliveries.html", context)


@require_POST
@signed_in
def replay(request: HttpRequest, who: Grant, delivery_id: int) -> HttpResponse:
    """Try a dead one again."""
    services().notify.replay(who, delivery_id)
    messages.success(request, f"Message {delivery_id} is sent again.")
    return redirect("web:deliveries")
