"""What transfers need of the world: engines that move bytes, partners, and our own spaces.

An engine is built from its own settings, holds no database and may be used by several threads. It
raises only the `EngineError` family. Every call has a deadline of the engine's own. The suite that
every engine must pass is `waystation_testing.transfer`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from waystation.domains.transfers.entities import (
    Ability,
    Arrival,
    Endpoint,
    Load,
    Offer,
    Parcel,
    Progress,
    Root,
    Sending,
    Standing,
    Welcome,
    Wreck,
)


class Engine(Protocol):
    """Moves files, many at once, as tasks."""

    @property
    def name(self) -> str:
        """As settings and pages name it."""
        ...

    @property
    def ability(self) -> Ability:
        """What it can; does not change while it runs."""
        ...

    def check_config(self) -> list[str]:
        """What a person has to mend before it can work, a sentence each, without effect."""
        ...

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """Why it cannot move from the one to the other, one sentence; None when it can.

        Asked often: it looks at the two descriptions only.
        """
        ...

    def submit(self, load: Load) -> str:
        """Begin to move these files and return the engine's handle of the task.

        Idempotent by `load.key`: a second call with the same key, also from another process after
        a crash of the first, does not move twice at the same time and returns the handle of the
        task that runs; of an engine without `survives`, files that are there already with the
        right size and checksum are not moved again. Folders on the way are made. A file that is at
        a target is written over. Nothing is left at a target under its name before it is whole,
        where the other side lets us rename.

        Raises:
            EngineUnavailableError: not accepted, or not known whether; call again, same key.
            EngineFullError: it takes no more tasks now.
            EngineRefusedError: it never will; nothing was begun.
        """
        ...

    def look(self, handles: Sequence[str]) -> Mapping[str, Progress]:
        """How these tasks stand, all of them, in as few calls as the engine allows.

        Raises:
            EngineUnavailableError: nothing can be said about any of them now.
        """
        ...

    def cancel(self, handle: str) -> None:
        """Stop it, if it still runs; one that is over or not known is good.

        Raises:
            EngineUnavailableError: it may still run.
        """
        ...

    def close(self) -> None:
        """Our process ends: tasks that cannot go on without it stop. Can be called twice."""
        ...


class Site(Protocol):
    """A partner as we reach it. Every call has a deadline; all may be repeated.

    All methods raise:
        PartnerUnavailableError: it does not answer, or not known whether it did; call again.
        PartnerRefusedError: it will not, whenever it is asked.
    """

    def hello(self) -> str:
        """The name by which it calls itself; shows that it is there and knows us."""
        ...

    def offer(self, offer: Offer) -> Welcome:
        """Announce a shipment; room is made for what it takes."""
        ...

    def settle(self, arrived: Mapping[str, Mapping[int, str]]) -> Mapping[str, Standing | None]:
        """Say that shipments have arrived, and ask how they stand; None of one it does not know.

        Args:
            arrived: key -> n of those that did not, with words.
        """
        ...

    def report(self, ended: Mapping[str, Standing]) -> None:
        """Tell the sender how shipments of its own ended here."""
        ...

    def sending(self, keys: Sequence[str]) -> Mapping[str, Sending]:
        """How shipments that it announced to us stand there."""
        ...

    def holds(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """Which of these (path, sha256) it has in a space, whole, as far as it knows."""
        ...

    def cancel(self, keys: Sequence[str]) -> None:
        """Shipments of ours do not come; those that are over or not known are good."""
        ...


@runtime_checkable
class Giver(Protocol):
    """A `Site` that also gives files back; not every kind of partner can. Raises as `Site`."""

    def sources(self, space: str) -> Sequence[Endpoint]:
        """How the files of a space are reached there, the best way first."""
        ...

    def damaged(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """These (path, sha256), which it once sent us, are damaged here: it sends them again.

        Args:
            space: of ours, that they are in.
            files: of it.

        Returns:
            For each whether it knew of the copy.
        """
        ...

    def doubt(self, space: str, files: Sequence[tuple[str, str]]) -> None:
        """These (path, sha256) of its space came with other bytes: it should read them."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """What is where a parcel is to go.

    Attributes:
        same: the parcel's content.
        entry_id, sha256: of the file that is there; None of nothing.
        words: why nothing can be put there; empty when it can.
    """

    same: bool
    entry_id: int | None = None
    sha256: bytes | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """Whether files are on disk, where an engine finds them.

    Attributes:
        request: that brings them from tape; None where nothing is ever on tape.
        waiting: how many are still on tape.
        failed: path -> why it will not come.
    """

    request: int | None = None
    waiting: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)


Still = Callable[[object, Sequence[int]], set[int]]
"""Which of these entries may go; it is asked in an open transaction, the first argument."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A disk or a quota that some spaces share.

    Attributes:
        name: of it, for people: `space:5`, `the disk`.
        spaces: that share it.
        left: the bytes that are left there now, asked in an open transaction, its argument;
            None is no limit.
    """

    name: str
    spaces: Sequence[str]
    left: Callable[[object], int | None]


class Harbour(Protocol):
    """Our own spaces, as far as shipments touch them.

    Whoever is named by an account may do there what its roles allow.
    All methods raise NotFoundError and ForbiddenError, of the space.
    """

    def root(self, account_id: int, space: str) -> Root:
        """Where a space is in the catalogue, for who may read it."""
        ...

    def sources(self, account_id: int, space: str, until: datetime) -> Sequence[Endpoint]:
        """How the files of a space are reached from here, the best way first.

        Args:
            account_id: reads them.
            space: that they are in.
            until: what is given with the endpoint is good until then.
        """
        ...

    def bring(
        self, account_id: int, space: str, name: str, paths: Sequence[str], until: datetime
    ) -> Brought:
        """Have files of a space on disk, and held there until then.

        Args:
            account_id: reads them, and may stage.
            space: that they are in.
            name: the same name is the same wish, however often it is asked.
            paths: of the files.
            until: afterwards they may go back to tape.
        """
        ...

    def release(self, account_id: int, request: int) -> None:
        """Files that were brought are not needed on disk any more."""
        ...

    def targets(
        self, account_id: int, space: str, landing: str, until: datetime
    ) -> Sequence[Endpoint]:
        """Where files for a space may be put, the best way first; places are made."""
        ...

    def bounds(self, account_id: int, space: str) -> Sequence["Bound"]:
        """What limits how much may come into a space."""
        ...

    def look(self, account_id: int, space: str, parcels: Sequence[Parcel]) -> Sequence[Look]:
        """What is where they are to go, for who may write there."""
        ...

    def land(
        self, account_id: int, space: str, landing: str, parcels: Sequence[Parcel]
    ) -> Sequence[Arrival]:
        """Take in what came, at most 250 at a time; what became of each, in their order."""
        ...

    def clear(self, account_id: int, space: str, landing: str) -> None:
        """A place for files that come goes with all that is in it."""
        ...

    def holds(self, account_id: int, space: str, files: Sequence[tuple[str, str]]) -> list[bool]:
        """Which of these (path, sha256) are in a space, not known to be damaged."""
        ...

    def wrecks(self, *, after: int, limit: int) -> Sequence[Wreck]:
        """Damaged files of all spaces, from behind an entry on."""
        ...

    def suspect(self, ids: Sequence[int]) -> None:
        """Read these entries soon, and see whether they are what was stored."""
        ...

    def doubt(self, account_id: int, space: str, files: Sequence[tuple[str, str]]) -> None:
        """Read these (path, sha256) of a space soon, for who may read there."""
        ...

    def berths(self, space: str, landing: str, until: datetime) -> Sequence[Endpoint]:
        """Where engines of ours may put bytes for damaged files of a space, the best way first."""
        ...

    def mend(
        self, space: str, landing: str, wanted: Sequence[tuple[int, Parcel]]
    ) -> Sequence[Arrival]:
        """Put bytes that came in the place of damaged ones: (entry, parcel), at most 250.

        A parcel's path is its place in the landing. What became of each, in their order.
        """
        ...

    def shed(self, account_id: int, space: str, ids: Sequence[int], still: Still) -> int:
        """Take files of a space away, for who may write there; how many went.

        Args:
            account_id: takes them away.
            space: that they are in.
            ids: entries; those that are held, kept or elsewhere stay.
            still: which of them may go, asked in the transaction in which they do.
        """
        ...

    def sweep(self, space: str, landing: str) -> None:
        """A place for bytes of damaged files goes with all that is in it."""
        ...
