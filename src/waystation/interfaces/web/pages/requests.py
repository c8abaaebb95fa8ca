"""The list of requests, by keyset pages; which ones is in the address."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.choices import WHICH_REQUESTS
from waystation.interfaces.web.query import number_or_none
from waystation.interfaces.web.visitor import shown, signed_in

_PAGE = 50


@require_safe
@signed_in
def requests(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show a page of requests, newest first."""
    state = request.GET.get("state", "all")
    if state not in dict(WHICH_REQUESTS):
        state = "all"
    before = number_or_none(request.GET, "before")
    found = services().staging.requests(who, which=state, before=before, limit=_PAGE + 1)
    page = found[:_PAGE]
    context = {
        "nav": "requests",
        "requests": page,
        "choices": WHICH_REQUESTS,
        "state": state,
        "before": before,
        "next_before": page[-1].id if len(found) > _PAGE else None,
    }
    return shown(request, who, "web/requests.html", context)
