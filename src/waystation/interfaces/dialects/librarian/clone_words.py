"""What other librarians are told when a file cannot come, to the letter (api/clone.py)."""

import json
from collections.abc import Mapping, Sequence

from waystation.interfaces.dialects.librarian import wire
from waystation.interfaces.dialects.librarian.refusals import RefusedError, refused
from waystation.interfaces.dialects.librarian.translate import Status

_LOST, _WRONG_STATE, _TAKEN, _EARLY = 404, 406, 409, 425
_ORDERING = "Check the background task ordering"
_SHARED = (
    f"Error in sharing logic. Your librarain should never have tried to copy this. {_ORDERING}."
)
_AGAIN = (
    "Your librarian tried to upload a file again that we thought was already coming to us. "
    "You should fail your outgoing transfer, we have failed ours."
)
_NOT_FOUND = (
    "Your librarian is trying to tell us that a transfer is ongoing, but we cannot find the "
    f"transfer. {_ORDERING} and that you have the correct username in the request."
)


def _too_early(word: str) -> str:
    return (
        f"Error in sharing logic. Your {word} is trying to send us a copy of a file with an "
        f"ONGOING transfer. {_ORDERING}."
    )


def no_room() -> RefusedError:
    """Disk, quota, an operator's switch, or too much at once."""
    words = "No stores available for upload. Your upload is too large."
    return refused(413, words, "Check that the disk is not full.")


def in_detail(refusal: RefusedError, source_id: int) -> RefusedError:
    """A refusal as the text of a `detail`, where the old client looks for it."""
    known = {"source_transfer_id": source_id, "destination_transfer_id": -1}
    return _detail(refusal.status, {**refusal.body, **known})


def one(
    ongoing: Mapping[int, int], exists: Mapping[int, int], dead: Mapping[int, int]
) -> RefusedError:
    """Why the one file of a clone/stage does not come."""
    for status, found, reason, remedy in (
        # The words differ by one letter from those for many.
        (_EARLY, ongoing, "Transfer is ongoing.", _too_early("librarain")),
        (_TAKEN, exists, "File already exists on librarian.", _SHARED),
        (_WRONG_STATE, dead, "Transfer was already initiated or staged.", _AGAIN),
    ):
        for source, target in found.items():
            ids = {"source_transfer_id": source, "destination_transfer_id": target}
            body = {"reason": reason, "suggested_remedy": remedy, **ids}
            return _detail(status, body)
    return no_room()


def many(ongoing: Sequence[int], exists: Sequence[int], dead: Sequence[int]) -> RefusedError:
    """Why none of a clone/batch_stage comes: one reason, that of the first kind."""
    for status, found, reason, remedy in (
        (_EARLY, ongoing, "Transfer is ongoing.", _too_early("librarian")),
        (_TAKEN, exists, "File already exists on librarian.", _SHARED),
        (_WRONG_STATE, dead, "Transfer was already initiated or staged.", _AGAIN),
    ):
        if found:
            ids = {
                "source_transfer_ids": list(found),
                "destination_transfer_ids": [-1] * len(found),
            }
            return RefusedError(status, {"reason": reason, "suggested_remedy": remedy, **ids})
    return no_room()


def lost(
    asked: wire.CloneIds, reason: str = "Could not find transfer.", remedy: str = _NOT_FOUND
) -> RefusedError:
    """There is none of that number, or it is somebody else's."""
    return RefusedError(_LOST, {"reason": reason, "suggested_remedy": remedy, **ids(asked)})


def not_in(asked: wire.CloneIds, before: Status, status: Status) -> RefusedError:
    """It cannot have come so far, or has ended."""
    doing = "ongoing" if status is Status.ONGOING else status.name
    remedy = (
        f"Your librarian is trying to tell us that a transfer is {doing}, but the transfer is "
        f"not in {before.name} status. {_ORDERING}."
    )
    reason = f"Transfer is not in {before.name} status."
    return RefusedError(_WRONG_STATE, {"reason": reason, "suggested_remedy": remedy, **ids(asked)})


def not_sent(asked: wire.CloneIds) -> RefusedError:
    """We sent nothing under that number, or not to the caller."""
    remedy = (
        "We are trying to update the status of a transfer, but we cannot find the transfer. "
        f"{_ORDERING}."
    )
    body = {"reason": "Could not find transfer.", "suggested_remedy": remedy, **ids(asked)}
    return RefusedError(400, body)


def not_complete(asked: wire.CloneIds) -> RefusedError:
    """It cannot be there: it never left, or was given up."""
    remedy = (
        "We are trying to update the status of a transfer, but the transfer is not in ONGOING "
        f"or STAGED status. {_ORDERING}. We should have already updated this status."
    )
    reason = "Transfer is not in ONGOING or STAGED status."
    return RefusedError(_WRONG_STATE, {"reason": reason, "suggested_remedy": remedy, **ids(asked)})


def ids(asked: wire.CloneIds) -> dict[str, object]:
    """Both numbers, as they were said."""
    return {
        "source_transfer_id": asked.source_transfer_id,
        "destination_transfer_id": asked.destination_transfer_id,
    }


def _detail(status: int, body: Mapping[str, object]) -> RefusedError:
    return RefusedError(status, {"detail": json.dumps(body, separators=(",", ":"))})
