"""Who is at the other end of a Unix socket, and what the file system lets that user read.

The kernel says who connected (SO_PEERCRED, unix(7)); nothing that a client sends can change it.
"""

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from waystation.interfaces.mouths import Scope

EXTENSION = "unix"
_KEY = "uid"
_ROOT = 0


@dataclass(frozen=True, slots=True)
class LocalUser:
    """A user of this host.

    Attributes:
        name: as the host calls them; empty when it has no name for the number.
        uid: their number.
        groups: numbers of their groups.
    """

    name: str
    uid: int
    groups: frozenset[int]


def put(scope: Scope, uid: int) -> Scope:
    """The scope with the number of the user who connected in it."""
    extensions = scope.get("extensions")
    known = extensions if isinstance(extensions, Mapping) else {}
    return {**scope, "extensions": {**known, EXTENSION: {_KEY: uid}}}


def of(scope: Scope) -> int | None:
    """The number of the user who connected, None when it was not by the Unix socket."""
    extensions = scope.get("extensions")
    told = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    found = told.get(_KEY) if isinstance(told, Mapping) else None
    return found if isinstance(found, int) else None


def user(uid: int) -> LocalUser:
    """What this host knows of a user; may ask a directory service over the network."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return LocalUser("", uid, frozenset())
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return LocalUser(entry.pw_name, uid, frozenset(groups))


def may_read(who: LocalUser, path: str) -> bool:
    """Whether the permission bits let a user read a file and pass the directories above it.

    Owner, group and others as POSIX.1-2017, 4.5 has it: the first class that fits decides. Access
    control lists are not looked at: a file readable by a list only is refused, one closed by a
    list is passed here and refused by the transfer itself.

    Raises:
        FileNotFoundError, NotADirectoryError: there is no such file.
        PermissionError: we ourselves may not look.
    """
    real = Path(path).resolve(strict=True)
    if who.uid == _ROOT:
        return True
    passes = all(_lets(who, folder.stat(), stat.S_IXOTH) for folder in real.parents)
    return passes and _lets(who, real.stat(), stat.S_IROTH)


def _lets(who: LocalUser, entry: os.stat_result, right: int) -> bool:
    """Whether a right of `others`, moved to the class that fits, is given."""
    shift = 6 if who.uid == entry.st_uid else 3 if entry.st_gid in who.groups else 0
    return bool(entry.st_mode & (right << shift))
