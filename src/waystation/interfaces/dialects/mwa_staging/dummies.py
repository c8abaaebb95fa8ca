"""The self-test calls that the old daemon had in it: a ScoutAM and a client that do nothing.

They hold no state and no secret: a set-up that points at them by mistake stages nothing.
"""

from waystation.interfaces.mouths import Headers

TOKEN = "self-test"  # noqa: S105 - opens nothing
OFFLINE = "offline_"


def login() -> dict[str, str]:
    """POST /v1/security/login: everybody gets the same token."""
    return {"response": TOKEN}


def may(headers: Headers) -> bool:
    """Whether a call holds that token."""
    return (b"authorization", f"Bearer {TOKEN}".encode()) in headers


def record(path: str) -> dict[str, object]:
    """GET /v1/file: one block is offline of names that begin with `offline_`."""
    numbers = ("size", "inode", "uid", "gid", "mode", "nlink", "atime", "mtime", "ctime", "rtime")
    texts = ("username", "groupname", "modestring", "version", "flagsstring", "uuid")
    return {
        "archdone": True,
        "path": path,
        **dict.fromkeys(numbers, 0),
        **dict.fromkeys(texts, ""),
        "onlineblocks": 22,
        "offlineblocks": int(path.startswith(OFFLINE)),
        "flags": 0,
        "copies": [],
    }
