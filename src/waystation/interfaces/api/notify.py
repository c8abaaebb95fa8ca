"""What was told to whom, and who wants to hear more."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Router

from waystation.domains.notify.door import DeliveryView
from waystation.interfaces.api.callers import who
from waystation.interfaces.api.forms import Strict
from waystation.interfaces.api.shapes import answers
from waystation.interfaces.services import services
from waystation.interfaces.wire import (
    DeliveriesWire,
    SecretWire,
    SubscriptionsWire,
    SubscriptionWire,
)

router = Router(tags=["notify"])
Page = Annotated[int, Field(ge=1, le=500)]


class SubscribeForm(Strict):
    """To be told of everything of a topic."""

    topic: str = Field("stage-request.ended", max_length=100)
    kind: str = Field(..., description="webhook, slack, kafka or mail", max_length=20)
    target: str = Field(..., description="URL, topic or address", min_length=1, max_length=2000)


@router.get("/deliveries", summary="What you were told", openapi_extra=answers(DeliveriesWire))
def deliveries(
    request: HttpRequest,
    state: str | None = None,
    before: int | None = None,
    limit: Page = 50,
) -> object:
    """Newest first; `state=dead` are those that were given up."""
    found: list[DeliveryView] = services().notify.deliveries(
        who(request), state=state, before=before, limit=limit
    )
    return DeliveriesWire(found, found[-1].id if len(found) == limit else None)


@router.post(
    "/deliveries/{number}/replay",
    summary="Try a dead one again",
    openapi_extra=answers(DeliveryView),
)
def replay(request: HttpRequest, number: int) -> object:
    """From the first wait on."""
    return services().notify.replay(who(request), number)


@router.get(
    "/subscriptions", summary="What you subscribed to", openapi_extra=answers(SubscriptionsWire)
)
def subscriptions(request: HttpRequest) -> object:
    """Your own."""
    return _mine(request)


@router.post("/subscriptions", summary="Subscribe", openapi_extra=answers(SubscriptionsWire))
def subscribe(request: HttpRequest, form: SubscribeForm) -> object:
    """The same again is the same subscription; answers all of yours."""
    asked = {"topic": form.topic, "kind": form.kind, "target": form.target}
    services().notify.subscribe(who(request), **asked)
    return _mine(request)


@router.delete(
    "/subscriptions/{number}",
    summary="End a subscription",
    openapi_extra=answers(SubscriptionsWire),
)
def unsubscribe(request: HttpRequest, number: int) -> object:
    """One of your own; answers what is left."""
    services().notify.unsubscribe(who(request), number)
    return _mine(request)


@router.get(
    "/webhook-secret", summary="What signs your webhooks", openapi_extra=answers(SecretWire)
)
def secret(request: HttpRequest) -> object:
    """HMAC-SHA256 key for `Waystation-Signature`."""
    return SecretWire(services().notify.secret(who(request)))


def _mine(request: HttpRequest) -> SubscriptionsWire:
    found = services().notify.subscriptions(who(request))
    return SubscriptionsWire([SubscriptionWire(**row) for row in found])  # type: ignore[arg-type]
