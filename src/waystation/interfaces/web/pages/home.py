"""Home: stage something, see what is under way and what needs somebody."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web import shell_access
from waystation.interfaces.web.choices import LIFETIMES, PRIORITIES, USUAL_PIN_S, USUAL_PRIORITY
from waystation.interfaces.web.glance import glance, sites_glance
from waystation.interfaces.web.pages.under_way import under_way
from waystation.interfaces.web.visitor import Context, server, shown, signed_in, wants


@require_safe
@signed_in
def home(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show the page, or for htmx the moving half of it."""
    if wants(request, "div#now"):
        return shown(request, who, "web/home_now.html", now_context(who))
    context = {**now_context(who), **form_context(who)}
    commands = shell_access.for_stage(form_of(context), address=server(request))
    return shown(request, who, "web/home.html", {**context, "commands": commands})


def form_of(context: Context) -> Mapping[str, object]:
    """What is in the form."""
    form = context["form"]
    assert isinstance(form, Mapping)
    return form


def now_context(who: Grant) -> Context:
    """What is under way, what ended, the tape queue and, for administrators, other sites."""
    house = services()
    return {
        "nav": "home",
        **under_way(who),
        "glance": glance(house.staging, who),
        "sites": sites_glance(house.transfers, who),
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
