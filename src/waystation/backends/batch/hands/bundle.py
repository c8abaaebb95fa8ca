"""What a job takes along: its folder with the guard, in one file; and what of it comes home."""

import os
import tarfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from waystation.backends.batch.hands import folder as folders
from waystation.backends.batch.hands.folder import Limits, Owner
from waystation.domains.jobs.entities import Task
from waystation.kernel.patterns import pattern

BUNDLE = "way.tar"
_TAKEN = ("runner.py", "task", "outputs")


def pack(task: Task, owner: Owner | None) -> Path:
    """Lay the guard beside the job and pack all; the file.

    Links are not taken along: they could lead out of the folder.

    Raises:
        OSError: it cannot be written, or the folder is another run's.
    """
    needs = task.resources
    folders.lay(task, Limits(needs.time_s, needs.memory), owner)
    folders.note(task.folder, "outputs", msgspec.json.encode(task.outputs))
    way = task.folder / folders.WAY
    place = way / BUNDLE
    place.unlink(missing_ok=True)
    with (
        os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w") as bundle,
    ):
        for name in _TAKEN:
            bundle.add(way / name, f"{folders.WAY}/{name}", filter=_plain)
        for each in sorted(task.folder.iterdir()):
            if each.name != folders.WAY:
                bundle.add(each, each.name, filter=_plain)
        if owner is not None:
            os.fchown(file.fileno(), owner.uid, owner.gid)
    return place


def unpacked(task: Task) -> None:
    """The bundle has been taken: let it go."""
    (task.folder / folders.WAY / BUNDLE).unlink(missing_ok=True)


def wanted(folder: Path) -> tuple[str, ...]:
    """Names that are brought home; empty is all."""
    try:
        return msgspec.json.decode(folders.noted(folder, "outputs"), type=tuple[str, ...])
    except msgspec.MsgspecError:
        return ()


def comes_home(name: str, names: Iterable[str]) -> bool:
    """Whether a file is among what is wanted; names of folders mean all that is in them.

    Args:
        name: of a file, below the folder.
        names: that are wanted, or patterns of them; none is all.
    """
    if name.partition("/")[0] == folders.WAY or name == BUNDLE:
        return False
    every = [each.strip("/") for each in names]
    if not every or name in {"stdout", "stderr"}:
        return True
    return any(
        name.startswith(f"{each}/") or pattern(each).fullmatch(name) is not None for each in every
    )


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders only, and of nobody."""
    if not (member.isreg() or member.isdir() or member.islnk()):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
