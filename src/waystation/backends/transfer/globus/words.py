"""What Globus says of tasks, in plain words with what to do. Pure."""

from collections.abc import Mapping
from typing import Any

_ENDED = "Credentials for a collection have ended. Sign in to it on the pages of Globus."
FAULTS: Mapping[str, str] = {
    "FILE_NOT_FOUND": "A file is not at the source. Look whether it was moved or deleted.",
    "PERMISSION_DENIED": "Globus may not read or write a file. Give its account the right on both "
    "collections.",
    "QUOTA_EXCEEDED": "The target has no room left. Free space there or raise its quota.",
    "NO_SPACE": "The disk of the target is full. Free space there.",
    "ENDPOINT_ERROR": "A collection reports an error; Globus tries again. Look at its server if "
    "this lasts.",
    "CONNECT_FAILED": "A collection does not answer; Globus tries again. Look whether its server "
    "runs.",
    "CONNECTION_BROKEN": "The connection between the collections broke; Globus tries again.",
    "CONNECTION_RESET": "The connection between the collections broke; Globus tries again.",
    "TIMEOUT": "A collection was silent for too long; Globus tries again.",
    "VERIFY_CHECKSUM": "A file arrived otherwise than it was sent; Globus sends it again. If this "
    "lasts, a disk or the network is faulty.",
    "GC_NOT_CONNECTED": "Globus Connect Personal is not running at one end. Start it there.",
    "GC_PAUSED": "Globus Connect Personal is paused at one end. Let it go on there.",
    "CREDENTIALS_EXPIRED": _ENDED,
    "EXPIRED": _ENDED,
    "PAUSED_BY_ADMIN": "An administrator paused the collection. Ask them, or wait.",
    "PAUSED_BY_USER": "Somebody paused the task. Let it go on on the pages of Globus.",
    "CANCELED": "It was cancelled.",
    "DEADLINE": "It did not end before its deadline.",
}
_STANDING = ("PAUSED", "EXPIRED", "CREDENTIALS", "GC_PAUSED", "AUTH", "CONSENT")
_WELL = frozenset({"", "OK", "QUEUED", "None"})


def of(code: str, told: str = "") -> str:
    """A code of a task's fault or end, for people; what Globus tells stands beside it."""
    words = FAULTS.get(code.upper()) or f"Globus says {code}."
    return f"{words} ({told})" if told and told.upper() != code.upper() else words


def now(task: Mapping[str, Any]) -> tuple[str, bool]:
    """What holds up a task that is not over, and whether a person has to do something."""
    code = str(task.get("nice_status") or "").upper()
    if task["status"] == "INACTIVE":
        return of(code if code not in _WELL else "CREDENTIALS_EXPIRED", _told(task)), True
    if task.get("is_paused"):
        return of(code if code not in _WELL else "PAUSED_BY_ADMIN", _told(task)), True
    if code in _WELL:
        return "", False
    return of(code, _told(task)), code.startswith(_STANDING)


def last(task: Mapping[str, Any]) -> str:
    """Why a task failed."""
    fatal = task.get("fatal_error") or {}
    return of(str(fatal.get("code") or "FAILED"), str(fatal.get("description") or ""))


def _told(task: Mapping[str, Any]) -> str:
    return str(task.get("nice_status_details") or task.get("nice_status_short_description") or "")
