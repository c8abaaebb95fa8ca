"""What others may use of notify."""

from waystation.domains.notify.controller import Desk, steps
from waystation.domains.notify.entities import (
    DeliveryView,
    Facts,
    Kind,
    Letter,
    Pace,
    Parcel,
    Wording,
)
from waystation.domains.notify.errors import DeliveryError
from waystation.domains.notify.ports import Courier
from waystation.domains.notify.queries import arrived
from waystation.domains.notify.service import TOPICS, Notify, secret_of
from waystation.domains.notify.states import DELIVERY
from waystation.domains.notify.words import own, slack

__all__ = [
    "DELIVERY",
    "TOPICS",
    "Courier",
    "DeliveryError",
    "DeliveryView",
    "Desk",
    "Facts",
    "Kind",
    "Letter",
    "Notify",
    "Pace",
    "Parcel",
    "Wording",
    "arrived",
    "own",
    "secret_of",
    "slack",
    "steps",
]
