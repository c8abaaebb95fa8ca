"""The lives of a request, its items, a recall and a recall list, as tables.

A *request* has *items* (one a file). Items of any number of requests wait for one *recall* a
(store, path). Recalls travel to the tape system in *lists*, one list for one tape.
"""

from datetime import timedelta
from enum import IntEnum

from waystation.kernel.states import Machine, rule

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class RequestState(IntEnum):
    """A stage request."""

    ACTIVE = 0
    COMPLETE = 1  # every file that was not taken back is online
    PARTIAL = 2  # ended, some files failed
    FAILED = 3  # ended, none came
    CANCELLED = 4
    EXPIRED = 5  # its time ran out before all came


REQUEST = Machine(
    "request",
    {
        RequestState.ACTIVE: rule(
            RequestState.COMPLETE,
            RequestState.PARTIAL,
            RequestState.FAILED,
            RequestState.CANCELLED,
            RequestState.EXPIRED,
            owner="close",
        ),
        # Retry opens an ended request again; a cancelled or complete one has nothing to retry.
        RequestState.PARTIAL: rule(RequestState.ACTIVE, owner="retry"),
        RequestState.FAILED: rule(RequestState.ACTIVE, owner="retry"),
        RequestState.EXPIRED: rule(RequestState.ACTIVE, owner="retry"),
        RequestState.COMPLETE: rule(),
        RequestState.CANCELLED: rule(),
    },
)


class ItemState(IntEnum):
    """One file of one request. Codes are on the wire (heat-strip): never renumber."""

    WAITING = 0  # durable, not yet joined to a recall
    QUEUED = 1  # joined; the recall waits for its tape
    RECALLING = 2  # in a list at the tape system
    ONLINE = 3  # on disk and pinned for this request
    FAILED = 4
    CANCELLED = 5
    RELEASED = 6  # was online; the pin was given back or ran out


ITEM = Machine(
    "item",
    {
        ItemState.WAITING: rule(
            ItemState.QUEUED,
            ItemState.ONLINE,
            ItemState.FAILED,
            ItemState.CANCELLED,
            owner="join",
            deadline=10 * MINUTE,
        ),
        ItemState.QUEUED: rule(
            ItemState.RECALLING,
            ItemState.ONLINE,
            ItemState.FAILED,
            ItemState.CANCELLED,
            owner="send",
            deadline=7 * DAY,
        ),
        ItemState.RECALLING: rule(
            ItemState.QUEUED,
            ItemState.ONLINE,
            ItemState.FAILED,
            ItemState.CANCELLED,
            owner="poll",
            deadline=DAY,
        ),
        # An online file evicted behind our back while its request lives is queued again.
        ItemState.ONLINE: rule(
            ItemState.QUEUED,
            ItemState.RELEASED,
            owner="unpin",
            deadline=None,
        ),
        ItemState.FAILED: rule(ItemState.WAITING, owner="retry"),
        ItemState.CANCELLED: rule(),
        ItemState.RELEASED: rule(),
    },
)

WAITED_FOR = (ItemState.WAITING, ItemState.QUEUED, ItemState.RECALLING)


class RecallState(IntEnum):
    """The one recall of a (store, path), however many items want it; gone with the last."""

    NEW = 0  # where is the file?
    QUEUED = 1  # waits until its tape is chosen
    LISTED = 2  # in a recall list
    BACKOFF = 3  # failed; looked for and tried again when due
    HELD = 4  # on disk, pinned by at least one item


RECALL = Machine(
    "recall",
    {
        RecallState.NEW: rule(
            RecallState.QUEUED,
            RecallState.BACKOFF,
            RecallState.HELD,
            owner="locate",
            deadline=10 * MINUTE,
        ),
        RecallState.QUEUED: rule(RecallState.LISTED, owner="plan", deadline=7 * DAY),
        # A list that ended without news of a file, or was unknown, sends it back to be looked for.
        RecallState.LISTED: rule(
            RecallState.NEW,
            RecallState.BACKOFF,
            RecallState.HELD,
            owner="poll",
            deadline=DAY,
        ),
        RecallState.BACKOFF: rule(
            RecallState.QUEUED, RecallState.HELD, owner="locate", deadline=6 * HOUR
        ),
        # Wanted by one more: seen on disk again before that is said. Evicted: queued again.
        RecallState.HELD: rule(RecallState.NEW, RecallState.QUEUED, owner="unpin"),
    },
)


class ListStage(IntEnum):
    """One recall list on its way."""

    PLANNED = 0  # key and files are stored; the call may or may not have been made
    SENT = 1  # the system gave a handle
    ENDED = 2


LIST = Machine(
    "list",
    {
        ListStage.PLANNED: rule(
            ListStage.SENT, ListStage.ENDED, owner="send", deadline=10 * MINUTE
        ),
        ListStage.SENT: rule(ListStage.ENDED, owner="poll", deadline=DAY),
        ListStage.ENDED: rule(),
    },
)
