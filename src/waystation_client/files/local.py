"""Files here: a tree walked as a stream, and names that never lead out of a folder."""

import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from waystation_client.errors import MalformedError

# Names that mean devices to Windows, whatever follows the first dot (Naming Files, Paths, and
# Namespaces; Microsoft). Somebody may share the folder with it.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10)}
_MOST_NAME_BYTES = 255


@dataclass(frozen=True, slots=True)
class Local:
    """A file or an empty folder here.

    Attributes:
        path: where it is.
        name: its path below the folder that is walked, with slashes.
        folder: it is a folder, with nothing in it.
        size: bytes of a file.
        mtime: of the content, whole seconds: what servers and archives keep.
    """

    path: Path
    name: str
    folder: bool
    size: int
    mtime: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which names are meant, by shell patterns.

    A pattern without a slash is for the last name, one with a slash for the whole path below the
    folder. What is excluded is not even looked into.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def takes(self, name: str) -> bool:
        """Whether a file of this path is meant."""
        return not self.leaves(name) and (
            not self.include or any(_fits(name, each) for each in self.include)
        )

    def leaves(self, name: str) -> bool:
        """Whether this, and what is in it, is left out."""
        return any(_fits(name, each) for each in self.exclude)


@dataclass(frozen=True, slots=True)
class Passed:
    """What was passed over in a walk, and why."""

    name: str
    why: str


def walk(top: Path, choice: Choice) -> Iterator[Local | Passed]:
    """Everything below a folder, as it is found: nothing grows with the number of files.

    Symbolic links are passed over, as are sockets, pipes and devices: what they lead to is not in
    the folder.
    """
    open_ = [("", os.scandir(top), [0])]
    try:
        while open_:
            above, entries, seen = open_[-1]
            entry = next(entries, None)
            if entry is None:
                entries.close()
                open_.pop()
                if above and not seen[0] and not choice.include:
                    yield Local(top / above, above.rstrip("/"), True, 0, 0)
                continue
            seen[0] += 1
            name = f"{above}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if not choice.leaves(name):
                    yield from _opened(open_, name, entry)
            elif choice.takes(name):
                yield _seen(entry, name)
    finally:
        for _, entries, _ in open_:
            entries.close()


def file(path: Path, name: str) -> Local:
    """One file.

    Raises:
        OSError: it is not there.
        MalformedError: it is no file.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise MalformedError(f"{path} is no file.", next_step="Folders need --recursive.")
    return Local(path, name, False, found.st_size, int(found.st_mtime))


def objection(name: str) -> str:
    """Why a path that a server told cannot be one below a folder here; empty when it can."""
    if not name or "\0" in name or "\\" in name:
        return "it is no path"
    for part in name.split("/"):
        if part in {"", ".", ".."}:
            return "it leads out of the folder"
        if part.split(".")[0].rstrip().lower() in _DEVICES or part.endswith(":"):
            return "it is the name of a device"
        try:
            if len(part.encode()) > _MOST_NAME_BYTES:
                return "a name in it is too long"
        except UnicodeEncodeError:
            return "it is not valid Unicode"
    return ""


class Target:
    """A folder here into which a server's files go: never through a symbolic link, never out."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self._folder = lru_cache(maxsize=4096)(self._made)

    def path(self, name: str) -> Path:
        """Where something of this name goes; the folders on the way are made.

        Raises:
            MalformedError: the name leads out of the folder, or through a link.
            OSError: a folder cannot be made.
        """
        why = objection(name)
        if why:
            raise MalformedError(f"The server names {name[:200]!r}: {why}.")
        above, _, last = name.rpartition("/")
        return self._folder(above) / last

    def folder(self, name: str) -> Path:
        """A folder of this name, made."""
        why = objection(name)
        if why:
            raise MalformedError(f"The server names {name[:200]!r}: {why}.")
        return self._folder(name)

    def _made(self, name: str) -> Path:
        if not name:
            self.top.mkdir(parents=True, exist_ok=True)
            return self.top
        above, _, last = name.rpartition("/")
        path = self._folder(above) / last
        try:
            path.mkdir()
        except FileExistsError:
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise MalformedError(
                    f"{path} is in the way: a folder is to be there, and it is none.",
                    next_step="A symbolic link is not followed. Move it away.",
                ) from None
        return path


def _opened(
    open_: list[tuple[str, "os._ScandirIterator[str]", list[int]]],
    name: str,
    entry: "os.DirEntry[str]",
) -> Iterator[Passed]:
    try:
        open_.append((f"{name}/", os.scandir(entry.path), [0]))
    except OSError as error:
        yield Passed(name, error.strerror or str(error))


def _seen(entry: "os.DirEntry[str]", name: str) -> Local | Passed:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Passed(name, error.strerror or str(error))
    if stat.S_ISLNK(found.st_mode):
        return Passed(name, "it is a symbolic link")
    if not stat.S_ISREG(found.st_mode):
        return Passed(name, "it is no file")
    try:
        name.encode()
    except UnicodeEncodeError:
        return Passed(name.encode("utf-8", "replace").decode(), "its name is not UTF-8")
    return Local(Path(entry.path), name, False, found.st_size, int(found.st_mtime))


def _fits(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name if "/" in pattern else name.rpartition("/")[2], pattern)
