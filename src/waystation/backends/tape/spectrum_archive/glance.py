"""What the file system itself tells about a file, without a process.

A migrated file has a size and no blocks (the sign IBM's bulkRecall.sh looks for); `dmapi.IBMTPS`
names its cartridges.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.tape.spectrum_archive.parse import Place, attribute_places
from waystation.domains.staging.entities import Residency

FORBIDDEN = ("\0", "\n", "\r")


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen.

    Attributes:
        residency: as far as can be told; UNKNOWN = `eeadm` must be asked, unless `words` are set.
        size_bytes: None if there is no such file.
        places: copies named by the attribute (pool and library are identifiers there).
        words: why nothing can be told, now or ever.
    """

    residency: Residency
    size_bytes: int | None = None
    places: tuple[Place, ...] = ()
    words: str = ""


def objection(path: str) -> str:
    """Why a path cannot be given to `eeadm`; empty if it can."""
    if any(mark in path for mark in FORBIDDEN):
        return "the name contains a line end or a zero byte"
    if not path.startswith("/"):
        return "not an absolute path"
    if " -- " in path:
        return "the name contains ' -- ', which divides the lines of a recall list"
    return ""


class Bounds:
    """Whether paths stay below the roots once symbolic links in them are followed.

    A directory is resolved once; make a new one for each look, links change.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [os.path.realpath(root) for root in roots]
        self._inside: dict[str, bool] = {}

    def hold(self, path: str) -> bool:
        """Whether the directory of a file is inside; without roots everything is."""
        folder = os.path.dirname(path)  # noqa: PTH120 - many paths; Path costs five times more
        known = self._inside.get(folder)
        if known is None:
            real = os.path.realpath(folder)
            known = not self._roots or any(
                real == root or real.startswith(f"{root.rstrip('/')}/") for root in self._roots
            )
            self._inside[folder] = known
        return known


def look(path: str, xattr: str, bounds: Bounds | None = None) -> Glance:
    """Look at a file.

    Args:
        path: absolute.
        xattr: name of the attribute; empty = there is none.
        bounds: what is outside is not looked at; None = everything is inside.
    """
    words = objection(path)
    if words and " -- " not in path:
        return Glance(Residency.MISSING, words=words)
    if bounds is not None and not bounds.hold(path):
        return Glance(
            Residency.MISSING, words="a symbolic link in the path leads out of the store"
        )
    try:
        seen = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return Glance(Residency.MISSING, words="no such file")
    except OSError as error:
        return Glance(Residency.UNKNOWN, words=f"cannot be looked at: {error.strerror}")
    if not stat.S_ISREG(seen.st_mode):
        return Glance(Residency.UNKNOWN, words="not a regular file")
    places = _places(path, xattr)
    return Glance(_residency(seen, places), seen.st_size, places, words)


def _residency(seen: os.stat_result, places: tuple[Place, ...]) -> Residency:
    if places:
        return Residency.BOTH if seen.st_blocks or not seen.st_size else Residency.NEARLINE
    # No attribute: not on tape yet, or we may not see it. Only `eeadm` knows, but an empty
    # file can be read at once in any case.
    return Residency.UNKNOWN if seen.st_size else Residency.ONLINE


def _places(path: str, xattr: str) -> tuple[Place, ...]:
    """Copies named by the attribute, under its own name or in the `user.` name space."""
    for name in (xattr, f"user.{xattr}") if xattr else ():
        try:
            return attribute_places(os.getxattr(path, name, follow_symlinks=False).decode())
        except (OSError, UnicodeDecodeError):
            continue
    return ()
