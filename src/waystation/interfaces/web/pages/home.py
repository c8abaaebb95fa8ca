"""Home: stage something, see what is under way and what needs somebody."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.choices import LIFETIMES, PRIORITIES, USUAL_PIN_S, USUAL_PRIORITY
from waystation.interfaces.web.visitor import Context, shown, signed_in, wants

_SHOWN = 6
_LOOKED_AT = 20
_TROUBLED = frozenset({"partial", "failed", "expired"})


@require_safe
@signed_in
def home(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show the page, or for htmx the moving half of it."""
    if wants(request, "div#now"):
        return shown(request, who, "web/home_now.html", now_context(who))
    return shown(request, who, "web/home.html", {**now_context(who), **form_context(who)})


def now_context(who: Grant) -> Context:
    """What is under way, what ended, and the tape queue."""
    staging = services().staging
    ended = staging.requests(who, which="ended", limit=_LOOKED_AT)
    mine = [r for r in ended if r.owner == who.name]
    library = staging.library(who)
    return {
        "nav": "home",
        "active": staging.requests(who, which="active", limit=_SHOWN),
        "needs_me": [r for r in mine if r.state in _TROUBLED][:_SHOWN],
        "recent": [r for r in ended if r.state not in _TROUBLED or r.owner != who.name][:_SHOWN],
        "library": library,
        "reading": sum(d.state == "reading" for d in library.drives),
    }


def form_context(who: Grant) -> Context:
    """What the stage form offers, with its usual values."""
    catalogue = services().catalogue
    stores = catalogue.stores(who)
    form = {
        "paths": "",
        "dataset": "",
        "label": "",
        "store": stores[0].name if stores else "",
        "pin": USUAL_PIN_S,
        "priority": USUAL_PRIORITY,
        "deadline": "",
    }
    return {
        "stores": stores,
        "datasets": catalogue.datasets(who),
        "lifetimes": LIFETIMES,
        "priorities": PRIORITIES,
        "form": form,
    }
