"""The lives of a shipment and of its files, as tables.

A *shipment* is what goes to one partner as one task of one engine. It has a row on both sides,
with the same key: outgoing at the sender, incoming at the receiver.
"""

from datetime import timedelta
from enum import IntEnum

from waystation.kernel.states import Machine, rule

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Way(IntEnum):
    """Which side of a shipment we are."""

    OUT = 0
    IN = 1


class ShipmentState(IntEnum):
    """A shipment. Codes are in the database: never renumber."""

    PLANNED = 0  # out: chosen, the partner knows nothing yet
    OFFERED = 1  # out: the partner has made room
    MOVING = 2  # out: an engine has it
    ARRIVED = 3  # out: the engine is done, the partner takes in
    EXPECTED = 4  # in: room was made
    LANDING = 5  # in: the sender says that all is there
    DONE = 6  # all files are there
    PARTIAL = 7  # ended, some are not
    FAILED = 8  # ended, none is
    CANCELLED = 9
    WANTED = 10  # in: files of ours are damaged, the partner has copies
    CARRIED = 11  # out: somebody takes it there on a disk


_ENDS = (
    ShipmentState.DONE,
    ShipmentState.PARTIAL,
    ShipmentState.FAILED,
    ShipmentState.CANCELLED,
)

SHIPMENT = Machine(
    "shipment",
    {
        # Files that the partner has already need not move.
        ShipmentState.PLANNED: rule(
            ShipmentState.OFFERED,
            ShipmentState.CARRIED,
            *_ENDS,
            owner="offer",
            deadline=30 * DAY,
        ),
        # By a person; its receiver tells, by the wire or by a receipt.
        ShipmentState.CARRIED: rule(*_ENDS, owner="carry", deadline=90 * DAY),
        ShipmentState.OFFERED: rule(ShipmentState.MOVING, *_ENDS, owner="send", deadline=7 * DAY),
        # A task that its engine has lost is submitted again.
        ShipmentState.MOVING: rule(
            ShipmentState.OFFERED,
            ShipmentState.ARRIVED,
            ShipmentState.WANTED,
            ShipmentState.LANDING,
            *_ENDS,
            owner="watch",
            deadline=7 * DAY,
        ),
        # A partner that has forgotten the shipment is offered it anew.
        ShipmentState.ARRIVED: rule(
            ShipmentState.PLANNED, *_ENDS, owner="settle", deadline=7 * DAY
        ),
        ShipmentState.EXPECTED: rule(
            ShipmentState.LANDING, *_ENDS, owner="expect", deadline=8 * DAY
        ),
        ShipmentState.LANDING: rule(*_ENDS, owner="land", deadline=DAY),
        # What we fetch is moved by an engine of ours.
        ShipmentState.WANTED: rule(ShipmentState.MOVING, *_ENDS, owner="fetch", deadline=7 * DAY),
        **{state: rule() for state in _ENDS},
    },
)


class ItemState(IntEnum):
    """A file of a shipment. Codes are in the database and on the wire: never renumber."""

    WAITING = 0
    LANDED = 1
    FAILED = 2
    CANCELLED = 3


ITEM = Machine(
    "shipment file",
    {
        ItemState.WAITING: rule(
            ItemState.LANDED,
            ItemState.FAILED,
            ItemState.CANCELLED,
            owner="settle",
            deadline=8 * DAY,
        ),
        ItemState.LANDED: rule(),
        ItemState.FAILED: rule(),
        ItemState.CANCELLED: rule(),
    },
)


def end(*, waiting: int, landed: int, failed: int) -> ShipmentState | None:
    """The state of a shipment that has nothing left to wait for; None while it has."""
    if waiting:
        return None
    if not failed:
        return ShipmentState.DONE if landed else ShipmentState.CANCELLED
    return ShipmentState.PARTIAL if landed else ShipmentState.FAILED
