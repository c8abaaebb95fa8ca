"""ScoutAM's record of a file in our words."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from waystation.backends.tape.scoutam.client import Reply
from waystation.domains.staging.entities import FileReport, Residency

PLAIN = re.compile("/[^\0\n\r\ud800-\udfff]*")
"""Surrogates are what Python makes of bytes that are no UTF-8."""

FORBIDDEN = re.compile(r"[\0\n\r]")


def objection(path: str) -> str:
    """Why a path cannot be given to ScoutAM; empty if it can."""
    if PLAIN.fullmatch(path):
        return ""
    if FORBIDDEN.search(path):
        return "the name contains a line end or a zero byte"
    if not path.startswith("/"):
        return "not an absolute path"
    return "the name is not UTF-8, and ScoutAM's interface takes nothing else"


def report(path: str, reply: Reply) -> FileReport:
    """What an answer says about a file.

    On disk is a file with no block offline, and one online unless it is empty (the reading of
    both public clients: mwa_staging looks at the first, fsspec-scoutfs at both).
    """
    if reply.status == HTTPStatus.NOT_FOUND:
        return FileReport(path, Residency.MISSING, words="no such file")
    if not reply.well:
        return FileReport(path, Residency.UNKNOWN, words=f"ScoutAM answered {reply.complaint}")
    size = number(reply.told, "size")
    online, offline = number(reply.told, "onlineblocks"), number(reply.told, "offlineblocks")
    if size is None or offline is None:
        words = "ScoutAM's record of the file has no size or no block counts"
        return FileReport(path, Residency.UNKNOWN, size, words=words)
    if offline:
        return FileReport(path, Residency.NEARLINE, size)
    if not online and size:
        return FileReport(path, Residency.LOST, size, words="no copy on disk or on tape")
    archived = str(reply.told.get("archdone")).lower() in {"true", "1"}
    return FileReport(path, Residency.BOTH if archived else Residency.ONLINE, size)


def number(told: Mapping[str, object], name: str) -> int | None:
    """A count, which may be a number or text; empty text is none at all; None when unreadable."""
    value = told.get(name)
    if value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
