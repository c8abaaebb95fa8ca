"""Looking at requests and files."""

import base64
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Field

from waystation.domains.staging.door import Estimate
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import FilesForm, StageForm
from waystation.interfaces.api.routers import staging
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.hot.bodies import StageBody
from waystation.interfaces.services import services
from waystation.interfaces.wire import (
    ErrorsWire,
    EventsWire,
    FilesWire,
    ItemsWire,
    RequestsWire,
    StripWire,
    TapesWire,
)

Page = Annotated[int, Field(ge=1, le=500)]
Which = Literal["active", "ended", "all"]
FilePage = Annotated[int, Field(ge=1, le=1000)]


@staging.get(
    "/stage-requests", summary="Your requests, newest first", openapi_extra=answers(RequestsWire)
)
def requests(
    request: HttpRequest, state: Which = "all", limit: Page = 50, before: int | None = None
) -> object:
    """A page; give `next_before` back as `before` for the next one."""
    found = services().staging.requests(who(request), which=state, before=before, limit=limit)
    return RequestsWire(found, found[-1].id if len(found) == limit else None)


@staging.get(
    "/stage-requests/{int:request_id}/files", summary="Files", openapi_extra=answers(ItemsWire)
)
def files(
    request: HttpRequest,
    request_id: int,
    after: int = 0,
    limit: FilePage = 500,
    state: str | None = None,
) -> object:
    """A page by number; give `next_after` back as `after` for the next one."""
    found = services().staging.files(
        who(request), request_id, after=after, limit=limit, state=state
    )
    return ItemsWire(found, found[-1].n if len(found) == limit else None)


@staging.get(
    "/stage-requests/{int:request_id}/strip",
    summary="All states",
    openapi_extra=answers(StripWire),
)
def strip(request: HttpRequest, request_id: int) -> object:
    """One byte a cell, base64; what the heat-strip draws."""
    found = services().staging.strip(who(request), request_id)
    cells = base64.b64encode(found.cells).decode()
    return StripWire(found.files, found.bucket, cells, found.codes)


@staging.get(
    "/stage-requests/{int:request_id}/tapes",
    summary="By cartridge",
    openapi_extra=answers(TapesWire),
)
def tapes(request: HttpRequest, request_id: int) -> object:
    """Files of the request on each cartridge."""
    return TapesWire(services().staging.tapes(who(request), request_id))


@staging.get(
    "/stage-requests/{int:request_id}/errors",
    summary="By cause",
    openapi_extra=answers(ErrorsWire),
)
def errors(request: HttpRequest, request_id: int) -> object:
    """Failed files grouped by what went wrong."""
    return ErrorsWire(services().staging.errors(who(request), request_id))


@staging.get(
    "/stage-requests/{int:request_id}/events", summary="Events", openapi_extra=answers(EventsWire)
)
def events(request: HttpRequest, request_id: int, after: int = 0, limit: FilePage = 500) -> object:
    """In order, without gaps. With `Accept: text/event-stream` they come live."""
    found = services().staging.events(who(request), request_id, after=after, limit=limit)
    return EventsWire(found, found[-1].seq if found else after)


@staging.post("/estimate", summary="What a request would cost", openapi_extra=answers(Estimate))
def estimate(request: HttpRequest, form: StageForm) -> object:
    """A look at some of the files and at the queue of now; nothing is asked of the tapes."""
    body = StageBody(**form.model_dump())
    store = form.store or ""
    paths = form.paths or []
    if form.dataset is not None:
        paths = services().catalogue.dataset_paths(who(request), store, form.dataset)
    return services().staging.estimate(who(request), body.ask(paths, store))


@staging.post("/files/status", summary="Where files are", openapi_extra=answers(FilesWire))
def files_status(request: HttpRequest, form: FilesForm) -> object:
    """The same as for one file, for many."""
    return FilesWire(services().staging.file_status(who(request), form.store, form.paths))
