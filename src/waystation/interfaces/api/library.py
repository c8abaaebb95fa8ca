"""Drives and queue."""

from django.http import HttpRequest
from ninja import Router

from waystation.domains.staging.door import LibraryView
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services

router = Router(tags=["library"])


@router.get("/library", summary="Drives and queue now", openapi_extra=answers(LibraryView))
def library(request: HttpRequest) -> object:
    """With `Accept: text/event-stream` it comes at each change."""
    return services().staging.library(who(request))
