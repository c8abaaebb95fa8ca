"""The tape libraries: drives, the queue in the order of service, the last hour."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from waystation.domains.accounts.door import Grant
from waystation.interfaces.services import services
from waystation.interfaces.web.visitor import shown, signed_in, wants

_PARTS = {
    "section#queue": "web/tape/queue_section.html",
    "section#drives": "web/tape/drives_section.html",
}


@require_safe
@signed_in
def tape(request: HttpRequest, who: Grant) -> HttpResponse:
    """Show the page, or for htmx one section of it."""
    library = services().staging.library(who)
    context = {
        "nav": "tape",
        "library": library,
        "rate": library.bytes_last_minute // 60,
        "series": asdict(library.series),
    }
    for part, template in _PARTS.items():
        if wants(request, part):
            return shown(request, who, template, context)
    return shown(request, who, "web/tape.html", context)
