"""The OpenAPI shapes of answers, made from the very structs that are sent.

Answers are not validated on the way out (they are our own frozen structs); the document is held
against reality by schemathesis instead.
"""

from http import HTTPStatus
from typing import Any

import msgspec
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from waystation.domains.notices.door import MessageView
from waystation.domains.notify.door import DeliveryView
from waystation.domains.people.door import AccountView
from waystation.domains.staging.door import (
    ErrorGroup,
    Estimate,
    EventView,
    FileView,
    ItemView,
    LibraryView,
    RequestView,
    TapeShare,
)
from waystation.interfaces.wire import (
    AccountsWire,
    DatasetsWire,
    DeliveriesWire,
    ErrorsWire,
    EventsWire,
    FilesWire,
    HealthWire,
    ItemsWire,
    MessagesWire,
    ProblemWire,
    PutDatasetWire,
    RequestsWire,
    SecretWire,
    StoresWire,
    StripWire,
    SubmittedWire,
    SubscriptionsWire,
    SubscriptionWire,
    TapesWire,
    WhoWire,
)
from waystation.interfaces.wire_access import ACCESS
from waystation.interfaces.wire_files import FILES
from waystation.interfaces.wire_jobs import JOBS
from waystation.interfaces.wire_sites import SITES

_REF = "#/components/schemas/{name}"
_ALL = (
    *ACCESS,
    *FILES,
    *JOBS,
    *SITES,
    AccountView,
    AccountsWire,
    DatasetsWire,
    DeliveriesWire,
    DeliveryView,
    ErrorGroup,
    ErrorsWire,
    Estimate,
    EventView,
    EventsWire,
    FileView,
    FilesWire,
    HealthWire,
    ItemView,
    ItemsWire,
    LibraryView,
    MessageView,
    MessagesWire,
    ProblemWire,
    PutDatasetWire,
    RequestView,
    RequestsWire,
    SecretWire,
    StoresWire,
    StripWire,
    SubmittedWire,
    SubscriptionWire,
    SubscriptionsWire,
    TapeShare,
    TapesWire,
    WhoWire,
)
_PROBLEMS = {
    400: "The input is wrong; nothing was changed.",
    401: "Not signed in.",
    403: "Known, but not allowed.",
    404: "No such thing, or none that you may see.",
    405: "No such verb here.",
    409: "Not in this state, or a large request to be confirmed.",
    413: "Too large.",
    429: "A limit is reached; later it may go.",
    503: "Something we depend on does not answer.",
}


def answers(shape: type, *statuses: int) -> dict[str, Any]:
    """`openapi_extra` of an operation that answers this shape (200 unless said) or a problem."""
    good = {
        str(status): {"description": "OK", "content": _content("application/json", shape)}
        for status in statuses or (200,)
    }
    bad = {
        str(status): {
            "description": words,
            "content": _content("application/problem+json", ProblemWire),
        }
        for status, words in _PROBLEMS.items()
    }
    return {"responses": good | bad}


class DocumentedAPI(NinjaAPI):
    """Adds our shapes to the document's components."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # noqa: ANN401 - ninja's own
        """The document."""
        document = super().get_openapi_schema(**options)
        _, components = msgspec.json.schema_components(_ALL, ref_template=_REF)
        document.setdefault("components", {}).setdefault("schemas", {}).update(components)
        for path in document["paths"].values():
            for operation in path.values():
                # Ninja adds an untyped one under the number; ours are under text.
                operation["responses"].pop(HTTPStatus.OK, None)
        return document


def _content(media: str, shape: type) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REF)
    return {media: {"schema": schema}}
