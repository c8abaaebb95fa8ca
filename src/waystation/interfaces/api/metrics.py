"""Numbers for Prometheus."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from waystation.interfaces.api.callers import who
from waystation.interfaces.exposition import MEDIA, text
from waystation.interfaces.services import services

router = Router(tags=["replication"])


# Not JSON, and not for people's programs: docs/how-to/watch-replication.md describes it.
@router.get("/metrics", include_in_schema=False)
def metrics(request: HttpRequest) -> HttpResponse:
    """How much is under way, how late each step is, how partners are; for administrators."""
    found = services().transfers.measures(who(request))
    return HttpResponse(text(found), content_type=MEDIA)
