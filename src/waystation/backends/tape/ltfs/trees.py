"""The same file in a store's tree and on a cartridge, and nothing outside of either.

Files are opened component by component without following a symbolic link anywhere, so a link
that is put into a path at any moment leads to an error and never out of the tree.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from waystation.backends.tape.ltfs.config import Tree

FORBIDDEN = re.compile(r"[\0\n\r]")
STEP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Spot:
    """A file by its place in a tree.

    Attributes:
        root: of the tree on disk.
        inside: path below `root`.
        on_tape: path below the root of a cartridge, as bytes.
    """

    root: str
    inside: str
    on_tape: bytes

    @property
    def folders(self) -> list[str]:
        """Directories between the root and the file."""
        return self.inside.split("/")[:-1]

    @property
    def name(self) -> str:
        """Of the file in its directory."""
        return self.inside.rpartition("/")[2]


class Trees:
    """The trees of the settings; the longest root that holds a path counts."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        order = sorted(trees, key=lambda tree: -len(str(tree.root)))
        self._trees = [(str(tree.root).rstrip("/"), source_of(tree)) for tree in order]

    def spot(self, path: str) -> Spot | None:
        """Where a path belongs; None when it is in no tree or is not written plainly."""
        for root, source in self._trees:
            if path.startswith(f"{root}/"):
                inside = path[len(root) + 1 :]
                if not is_plain(inside):
                    return None
                return Spot(root, inside, source + os.fsencode(inside))
        return None


def source_of(tree: Tree) -> bytes:
    """What a tree's paths on a cartridge begin with: its directory and a slash, or nothing."""
    source = tree.source.strip("/")
    return os.fsencode(f"{source}/") if source else b""


def objection(path: str) -> str:
    """Why a path cannot be a file of ours; empty if it can."""
    if FORBIDDEN.search(path):
        return "the name contains a line end or a zero byte"
    if not path.startswith("/"):
        return "not an absolute path"
    if not is_plain(path[1:]):
        return "the path has empty parts, '.' or '..'"
    return ""


def is_plain(inside: str) -> bool:
    """No component is empty, `.` or `..`."""
    return not {"", ".", ".."}.intersection(inside.split("/"))


class Bounds:
    """Whether directories are reached without a symbolic link; make a new one for each look."""

    def __init__(self) -> None:
        self._real: dict[str, str] = {}
        self._plain: dict[tuple[str, str], bool] = {}

    def hold(self, spot: Spot) -> bool:
        """No directory between the root and the file is a link."""
        folder = spot.inside.rpartition("/")[0]
        known = self._plain.get((spot.root, folder))
        if known is None:
            real = self._real.get(spot.root)
            if real is None:
                real = self._real[spot.root] = os.path.realpath(spot.root)
            wanted = f"{real.rstrip('/')}/{folder}" if folder else real
            known = os.path.realpath(f"{spot.root}/{folder}") == str(PurePosixPath(wanted))
            self._plain[spot.root, folder] = known
        return known


def open_folder(root: str | Path, parts: Sequence[str | bytes]) -> int:
    """A descriptor of a directory below `root`, reached without following a link.

    Raises:
        OSError: there is none, or a component is a link.
    """
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            below = os.open(part, STEP, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


def make_folders(root: str, parts: Sequence[str]) -> int:
    """As `open_folder`; directories that are not there are made, owned as those they are in.

    Raises:
        OSError: one cannot be made, or a component is a link.
    """
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for part in parts:
        try:
            below = _enter(here, part)
        finally:
            os.close(here)
        here = below
    return here


def _enter(here: int, part: str) -> int:
    try:
        return os.open(part, STEP, dir_fd=here)
    except FileNotFoundError:
        pass
    try:
        os.mkdir(part, 0o755, dir_fd=here)
    except FileExistsError:
        return os.open(part, STEP, dir_fd=here)
    below = os.open(part, STEP, dir_fd=here)
    own_like(below, here)
    return below


def own_like(descriptor: int, folder: int) -> None:
    """Give something new to whom its directory belongs, if we may: LTFS keeps no owners."""
    if os.geteuid() == 0:
        seen = os.fstat(folder)
        os.fchown(descriptor, seen.st_uid, seen.st_gid)
