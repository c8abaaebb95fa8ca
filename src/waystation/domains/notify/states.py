"""The life of a delivery."""

from datetime import timedelta
from enum import IntEnum

from waystation.kernel.states import Machine, rule


class DeliveryState(IntEnum):
    """One message to one receiver."""

    PENDING = 0  # to be sent when its moment comes; sent again until it was taken
    SENT = 1  # the receiver said that it has it
    DEAD = 2  # given up: the receiver did not take it in time. Seen by operators, can be replayed


DELIVERY = Machine(
    "delivery",
    {
        DeliveryState.PENDING: rule(
            DeliveryState.SENT, DeliveryState.DEAD, owner="deliver", deadline=timedelta(days=14)
        ),
        DeliveryState.SENT: rule(),
        DeliveryState.DEAD: rule(DeliveryState.PENDING, owner="replay"),
    },
)
