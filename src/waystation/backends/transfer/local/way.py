"""Copies files within the kernel: btrfs, XFS and NFS 4.2 share blocks or leave them there."""

import os
from dataclasses import dataclass

from waystation.backends.transfer.hands import digests, places
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.hands.copying import pour
from waystation.backends.transfer.hands.engine import HandEngine, each
from waystation.backends.transfer.hands.task import Task
from waystation.domains.transfers.entities import Ability, Endpoint, Piece
from waystation.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """How files are copied.

    Attributes:
        name: of the engine.
        host: name of this machine, as endpoints say who sees them.
        width: files of a load at a time.
        durable: files survive a power cut once they have arrived.
        most_files: in one load.
        most_active: loads at a time.
    """

    name: str
    host: str
    width: int = 4
    durable: bool = True
    most_files: int = 10_000
    most_active: int = 4


class LocalWay:
    """`Way` from PATH to PATH."""

    def __init__(self, config: LocalConfig) -> None:
        self._config = config

    def check_config(self) -> list[str]:
        """As the port promises: it needs nothing."""
        return []

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        host = self._config.host
        return places.objection(source, host) or places.objection(target, host)

    def move(self, task: Task) -> None:
        """As `Way` promises."""
        load = task.load
        source, target = places.root_of(load.source), places.root_of(load.target)

        def one(piece: Piece) -> None:
            if not places.is_there(target, piece, task.check):
                self._copy(task, source, target, piece)
            task.arrived(piece)

        each(task, load.pieces, self._config.width, one)
        if self._config.durable:
            places.keep_names(target, (piece.target for piece in load.pieces))

    def close(self) -> None:
        """As `Way` promises: there is nothing."""

    def _copy(self, task: Task, source: str, target: str, piece: Piece) -> None:
        part = places.part_name(task, piece)
        with (
            places.reading(source, piece.source) as old,
            places.landing(target, piece.target, part, durable=self._config.durable) as new,
        ):
            places.checked_size(old, piece)
            kind = digests.cheapest(piece.checksums)
            sums = digests.running(kind) if kind else None
            pour(old, new, task.check, sums)
            places.checked_size(new, piece)
            if kind is not None and sums is not None:
                places.compare(kind, sums.hexdigest(), piece)
            seen = os.fstat(old)
            os.utime(new, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def local_engine(config: LocalConfig, clock: Clock, claims: Claims) -> HandEngine:
    """The engine `local`."""
    ability = Ability(config.most_files, config.most_active, verifies=True, survives=False)
    return HandEngine(config.name, ability, LocalWay(config), clock, claims)
