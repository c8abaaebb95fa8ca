"""Our API's documents: views of the subjects with the few additions that HTTP needs."""

from datetime import datetime

import msgspec

from waystation.domains.catalogue.door import DatasetInfo, Refusal
from waystation.domains.notices.door import MessageView
from waystation.domains.notify.door import DeliveryView
from waystation.domains.people.door import AccountView
from waystation.domains.staging.door import (
    ErrorGroup,
    EventView,
    FileView,
    ItemView,
    RequestView,
    Submitted,
    TapeShare,
)


class ProblemWire(msgspec.Struct):
    """RFC 9457 problem document; more members give facts."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str


class HealthWire(msgspec.Struct):
    """The service is alive."""

    status: str
    version: str


class DeliveriesWire(msgspec.Struct):
    """A page of deliveries."""

    deliveries: list[DeliveryView]
    next_before: int | None


class MessagesWire(msgspec.Struct):
    """What you are told."""

    messages: list[MessageView]


class AccountsWire(msgspec.Struct):
    """A page of accounts."""

    accounts: list[AccountView]
    next_after: str | None


class SubscriptionWire(msgspec.Struct):
    """A subscription."""

    id: int
    topic: str
    kind: str
    target: str
    created: datetime


class SubscriptionsWire(msgspec.Struct):
    """All of one's own."""

    subscriptions: list[SubscriptionWire]


class SecretWire(msgspec.Struct):
    """A signing secret."""

    secret: str


class SubmittedWire(msgspec.Struct):
    """The answer to a stage request."""

    id: int
    store: str
    label: str
    files: int
    folded: int
    refused: list[Refusal]
    refused_count: int
    state: str
    created: datetime
    url: str

    @classmethod
    def of(cls, done: Submitted) -> "SubmittedWire":
        """From what the service said."""
        made = done.request
        return cls(
            id=made.id,
            store=made.store,
            label=made.label,
            files=made.files,
            folded=done.folded,
            refused=done.refused,
            refused_count=done.refused_count,
            state=made.state,
            created=made.created,
            url=f"/requests/{made.id}",
        )


class RequestsWire(msgspec.Struct):
    """A page of requests."""

    requests: list[RequestView]
    next_before: int | None


class ItemsWire(msgspec.Struct):
    """A page of a request's files."""

    files: list[ItemView]
    next_after: int | None


class StripWire(msgspec.Struct):
    """All states of a request; `cells` is base64, one byte a cell of `bucket` files."""

    files: int
    bucket: int
    cells: str
    codes: dict[str, str]


class TapesWire(msgspec.Struct):
    """A request's files by cartridge."""

    tapes: list[TapeShare]


class ErrorsWire(msgspec.Struct):
    """Failed files by cause."""

    errors: list[ErrorGroup]


class EventsWire(msgspec.Struct):
    """A page of events."""

    events: list[EventView]
    next_after: int


class FilesWire(msgspec.Struct):
    """Where files are."""

    files: list[FileView]


class StoreWire(msgspec.Struct):
    """A store that you may use."""

    name: str
    backend: str
    root: str
    default: bool


class StoresWire(msgspec.Struct):
    """Stores that you may use."""

    stores: list[StoreWire]


class DatasetsWire(msgspec.Struct):
    """Datasets that you may use."""

    datasets: list[DatasetInfo]


class PutDatasetWire(msgspec.Struct):
    """A dataset was written."""

    store: str
    name: str
    files: int


class WhoWire(msgspec.Struct):
    """Who you are."""

    name: str
    full_name: str
    admin: bool
    scopes: list[str]
    token: str | None
    expires: datetime | None
