"""Numbers for Prometheus."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from waystation.interfaces.api.callers import who
from waystation.interfaces.exposition import MEDIA, text
from waystation.interfaces.services import services

router = Router(tags=["operators"])


# Not JSON, and not for people's programs: docs/how-to/watch-replication.md describes it.
@router.get("/metrics", include_in_schema=False)
def metrics(request: HttpRequest) -> HttpResponse:
    """How much is under way, how late each step is, how others are; for administrators."""
    house, asker = services(), who(request)
    found = text("transfers", house.transfers.measures(asker))
    found += text("jobs", house.jobs.measures(asker))
    return HttpResponse(found, content_type=MEDIA)
