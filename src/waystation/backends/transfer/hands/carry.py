"""Moving by a program that knows one kind of remote end; this machine's end is ours.

What leaves this machine is looked at first: it is there, no link leads elsewhere, size and
checksum are right. What arrives goes into a folder of its own beside its place, is looked at, and
only then gets its name.
"""

import hashlib
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from waystation.backends.transfer.hands import places
from waystation.backends.transfer.hands.copying import pour
from waystation.backends.transfer.hands.engine import each
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.domains.transfers.entities import Endpoint, Kind, Piece


class Program(Protocol):
    """What a program can do."""

    def push(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """Send files to the target of the task; each is at its target's path below a folder.

        The folder has links to them. Tells of each what became of it.

        Raises:
            MoveError: of those of which nothing was told.
        """
        ...

    def pull(self, task: Task, folder: str, pieces: Sequence[Piece]) -> None:
        """Fetch files from the source of the task, to the path of each source below a folder.

        May come back with less; the reason is the error that it raises.

        Raises:
            MoveError: why what is not there is not.
        """
        ...


def carry(
    task: Task,
    program: Program,
    *,
    width: int,
    across: Callable[[Task, Sequence[Piece]], None] | None = None,
) -> None:
    """`Way.move` by a program, whichever of the ends is here; `across` when none is."""
    source, target = task.load.source, task.load.target
    if source.kind is Kind.PATH:
        with _outgoing(task, places.root_of(source), width) as (folder, pieces):
            if pieces:
                program.push(task, folder, pieces)
    elif target.kind is Kind.PATH:
        _fetch(task, program, places.root_of(target), width)
    elif across is not None:
        across(task, task.load.pieces)


def objection(source: Endpoint, target: Endpoint, remote: Kind, host: str) -> str | None:
    """Why a program for one kind of remote end cannot move between two ends."""
    kinds = {source.kind, target.kind}
    if remote not in kinds or not kinds <= {remote, Kind.PATH}:
        return (
            f"It moves between {remote.value} and folders of this machine, not from "
            f"{source.kind.value} to {target.kind.value}."
        )
    for end in (source, target):
        if end.kind is Kind.PATH:
            return places.objection(end, host)
    return None


@contextmanager
def _outgoing(task: Task, root: str, width: int) -> Iterator[tuple[str, Sequence[Piece]]]:
    """Links to those files that may go, in a folder that only we see."""
    good: list[Piece] = []

    def one(piece: Piece) -> None:
        with places.reading(root, piece.source) as file:
            places.checked(file, piece, task.check)
        good.append(piece)

    each(task, task.load.pieces, width, one)
    with tempfile.TemporaryDirectory(prefix="waystation-out-") as folder:
        real = os.path.realpath(root)
        for piece in good:
            link = Path(folder, piece.target)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(f"{real}/{piece.source}")
        yield folder, sorted(good, key=lambda piece: piece.n)


def _fetch(task: Task, program: Program, root: str, width: int) -> None:
    """Fetch into a folder beside, then put each file into its place."""
    wanted: list[Piece] = []

    def look(piece: Piece) -> None:
        if places.is_there(root, piece, task.check):
            task.arrived(piece)
        else:
            wanted.append(piece)

    each(task, task.load.pieces, width, look)
    landing = f".{hashlib.sha256(task.load.key.encode()).hexdigest()[:24]}.part"
    trouble: MoveError | None = None
    try:
        with places.folder(root, [landing], make=True):
            pass
        try:
            if wanted:
                program.pull(task, f"{root.rstrip('/')}/{landing}", wanted)
        except MoveError as problem:
            trouble = problem
        task.check()
        _place(task, root, landing, wanted, width)
        places.keep_names(root, (piece.target for piece in wanted))
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(f"{root.rstrip('/')}/{landing}")
    if trouble is not None:
        raise trouble


def _place(task: Task, root: str, landing: str, wanted: Sequence[Piece], width: int) -> None:
    """Look at what was fetched, and give it its names; what did not come is left unsaid."""
    by_source: dict[str, list[Piece]] = defaultdict(list)
    for piece in wanted:
        by_source[piece.source].append(piece)
    firsts = {pieces[0].n for pieces in by_source.values()}
    there = [piece for piece in wanted if _came(root, landing, piece)]

    def copied(piece: Piece) -> None:
        """One more name for what was fetched once."""
        part = places.part_name(task, piece)
        with (
            places.reading(root, f"{landing}/{piece.source}") as old,
            places.landing(root, piece.target, part, durable=True) as new,
        ):
            places.checked(old, piece, task.check)
            pour(old, new, task.check)
        task.arrived(piece)

    def named(piece: Piece) -> None:
        with places.reading(root, f"{landing}/{piece.source}") as file:
            places.checked(file, piece, task.check)
            os.fsync(file)
        places.rename(root, f"{landing}/{piece.source}", piece.target)
        task.arrived(piece)

    each(task, [piece for piece in there if piece.n not in firsts], width, copied)
    each(task, [piece for piece in there if piece.n in firsts], width, named)


def _came(root: str, landing: str, piece: Piece) -> bool:
    try:
        with places.reading(root, f"{landing}/{piece.source}"):
            return True
    except MoveError:
        return False
