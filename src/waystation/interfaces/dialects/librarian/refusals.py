"""Refusals in the wire's words: a status, a reason and a remedy."""

from dataclasses import dataclass, field

AGAIN = "Please try again later."
_UNIQUE = (
    "Check that you are not trying to upload a file that already exists on the librarian, "
    "and if it does not choose a unique filename that does not already exist."
)
_UNIQUE_ON_STORE = (
    "Check that you are not trying to upload a file that already exists on the store, "
    "and if it does not choose a unique filename that does not already exist."
)
_SMALLER = (
    "Try again later, or try to upload a smaller file. Contact the administrator of this "
    "librarian instance."
)
_OPERATOR = "contact the administrator of this librarian instance."


@dataclass(eq=False)
class RefusedError(Exception):
    """What the client is told instead of what it asked for.

    Attributes:
        status: of HTTP.
        body: of the answer; never a `detail` that is no text, over which its client falls.
        headers: beside the usual ones.
    """

    status: int
    body: dict[str, object]
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


def refused(status: int, reason: str, remedy: str = AGAIN) -> RefusedError:
    """A refusal in the shape that most have."""
    return RefusedError(status, {"reason": reason, "suggested_remedy": remedy})


def unauthorized() -> RefusedError:
    """Wrong name, wrong password or too low a level: the wire knows no 403."""
    told: dict[str, object] = {"detail": "Incorrect username or password"}
    return RefusedError(401, told, [(b"www-authenticate", b"Basic")])


def no_credentials() -> RefusedError:
    """Nothing was shown."""
    return RefusedError(401, {"detail": "Not authenticated"}, [(b"www-authenticate", b"Basic")])


def negative() -> RefusedError:
    """No file has less than nothing."""
    return refused(
        400, "Upload size must be positive.", "Check you are trying to upload a valid file."
    )


def too_large() -> RefusedError:
    """More than the operator lets one upload have."""
    return refused(413, "Upload size is too large.", _SMALLER)


def no_room() -> RefusedError:
    """Disk, quota or an operator's switch: nothing more is taken."""
    return refused(413, "No stores available for upload. Your upload is too large.", _SMALLER)


def exists() -> RefusedError:
    """The name is taken."""
    return refused(409, "File already exists on librarian.", _UNIQUE)


def exists_on_store() -> RefusedError:
    """The name was taken while the file was copied."""
    return refused(409, "File already exists on store.", _UNIQUE_ON_STORE)


def not_staged() -> RefusedError:
    """There is nothing to commit."""
    remedy = (
        "Try to transfer the file again by creating a new transfer, this one was failed. "
        f"If the problem persists, {_OPERATOR}"
    )
    return refused(404, "File not found in staging area.", remedy)


def unlike() -> RefusedError:
    """What came is not what was announced."""
    remedy = f"Try to transfer the file again. If the problem persists, {_OPERATOR}"
    return refused(406, "File does not have a valid checksum or size", remedy)


def broken() -> RefusedError:
    """Our own fault."""
    remedy = "Contact the administrator of this librarian instance."
    return refused(500, "Internal server error.", remedy)


def no_instances(remedy: str) -> RefusedError:
    """A search that found none."""
    return refused(404, "No instances found.", remedy)


def no_instance(number: int) -> RefusedError:
    """An instance that is not there."""
    return RefusedError(400, {"success": False, "instance_id": number})


def no_store(name: str) -> RefusedError:
    """A store of another name."""
    remedy = "Create the store first. Maybe you need to run DB migration?"
    return refused(400, f"Store {name} does not exist.", remedy)
