"""What FTS says of jobs and files, in plain words with what to do. Pure."""

from collections.abc import Mapping

_WAITS: Mapping[str, str] = {
    "STAGING": "FTS waits until the source has the files on disk.",
    "ARCHIVING": "FTS waits until the target has the files on tape.",
    "QOS_TRANSITION": "FTS waits until the target has changed how it keeps the files.",
    "QOS_REQUEST_SUBMITTED": "FTS waits until the target has changed how it keeps the files.",
}
_FAULTS = (
    ("checksum", "A file arrived otherwise than it was told; look at both disks if this lasts."),
    ("no such file", "A file is not at the source. Look whether it was moved or deleted."),
    ("not found", "A file is not at the source. Look whether it was moved or deleted."),
    (
        "permission",
        "FTS may not read or write a file. Give its credential the right at both ends.",
    ),
    ("unauthorized", "An end does not take the credential that FTS shows."),
    ("forbidden", "An end does not take the credential that FTS shows."),
    ("no space", "The target has no room left. Free space there or raise its quota."),
    ("quota", "The target has no room left. Free space there or raise its quota."),
    ("max time in queue", "It did not begin before its deadline."),
    ("timeout", "An end was silent for too long."),
    ("timed out", "An end was silent for too long."),
    ("proxy", "The delegated proxy has ended. Delegate one, `fts-rest-delegate` does it."),
)


def now(state: str, reason: str) -> str:
    """What holds up a job that is not over; empty when nothing does."""
    told = _WAITS.get(state, "")
    return f"{told} ({reason})" if told and reason else told


def failed(state: str, reason: str) -> str:
    """Why a file is not there."""
    if state == "CANCELED" and not reason:
        return "It was cancelled."
    small = reason.lower()
    words = next((words for part, words in _FAULTS if part in small), "")
    return f"{words} ({reason})" if words else f"FTS says {reason or state}."
