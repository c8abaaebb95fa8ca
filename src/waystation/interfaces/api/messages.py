"""What operators tell people."""

from datetime import UTC, datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.notices.door import Draft, MessageView, Severity
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import Strict
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import MessagesWire

router = Router(tags=["messages"])


class MessageForm(Strict):
    """A message to be told."""

    text: str = Field(..., min_length=1, max_length=2000)
    severity: Literal["notice", "warning", "urgent"] = "notice"
    audience: str = Field("everyone", max_length=160, description="or group:NAME, user:NAME")
    shown_from: datetime | None = None
    shown_until: datetime | None = None
    down_from: datetime | None = Field(None, description="Beginning of a scheduled downtime.")
    down_until: datetime | None = Field(None, description="End of it.")
    dismissible: bool = True


@router.get("/messages", summary="What you are told", openapi_extra=answers(MessagesWire))
def messages(request: HttpRequest) -> object:
    """Now, the loudest first; those that you put away are left out."""
    return MessagesWire(services().messages.mine(who(request)))


@router.post("/messages", summary="Tell people something", openapi_extra=answers(MessageView))
def post(request: HttpRequest, form: MessageForm) -> object:
    """For administrators; a downtime is shown until it is over."""
    told = form.model_dump()
    told["severity"] = Severity[form.severity.upper()]
    for name in ("shown_from", "shown_until", "down_from", "down_until"):
        told[name] = _utc(told[name])
    return services().messages.post(who(request), Draft(**told))


@router.post(
    "/messages/{number}/dismiss", summary="Put it away", openapi_extra=answers(MessagesWire)
)
def dismiss(request: HttpRequest, number: int) -> object:
    """For yourself only; answers what is left."""
    services().messages.dismiss(who(request), number)
    return messages(request)


@router.delete(
    "/messages/{number}", summary="Show it to nobody", openapi_extra=answers(MessagesWire)
)
def withdraw(request: HttpRequest, number: int) -> object:
    """For administrators; answers what you are told still."""
    services().messages.withdraw(who(request), number)
    return messages(request)


def _utc(moment: datetime | None) -> datetime | None:
    """A moment without a zone is UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
