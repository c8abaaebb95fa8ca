"""What jobs need of the world: batch systems, and our own spaces and archives.

A batch system is built from its own settings, holds no database and may be used by several
threads. It raises only `BatchUnavailableError`; every call has a deadline of its own. The suite
that every one must pass is `waystation_testing.batch`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from waystation.domains.jobs.entities import (
    BatchAbility,
    Depth,
    Haul,
    Heard,
    Home,
    Input,
    Offer,
    Report,
    Sight,
    Staged,
    Taken,
    Task,
)


class Batch(Protocol):
    """Runs commands, many at once, now or when there is room."""

    @property
    def name(self) -> str:
        """As settings and pages name it."""
        ...

    @property
    def ability(self) -> BatchAbility:
        """What it can; does not change while it runs."""
        ...

    def check_config(self) -> list[str]:
        """What a person has to mend before it can work, a sentence each, without effect."""
        ...

    def objection(self, task: Task) -> str | None:
        """Why it would never take this one, one sentence; None when it may.

        Asked often and before anything is brought there: it looks at the task only.
        """
        ...

    def wants(self, owner: int) -> str | None:
        """What an account has to do before its jobs are taken, one sentence; None when they are.

        Asked before anything is brought there. `submit` finds the same, if it comes to that.

        Raises:
            BatchUnavailableError: not known.
        """
        ...

    def submit(self, tasks: Sequence[Task]) -> Mapping[str, Taken]:
        """Hand over these tasks, in as few calls as the system allows; what became of each key.

        Idempotent by `Task.key`, also from another process after a crash of the first, as long as
        `find` finds it: the command of a key never runs twice. One that is refused spoils no
        other. Keys that are missing in the answer are not known: ask `find`, then submit again.

        Raises:
            BatchUnavailableError: nothing is known of any of them.
        """
        ...

    def find(self, tasks: Sequence[Task]) -> Mapping[str, str]:
        """Handles of those of these tasks that it has, or had, by key.

        Asked after a death or a lost answer. What is missing was certainly not taken.

        Raises:
            BatchUnavailableError: not known.
        """
        ...

    def look(self, runs: Mapping[str, Path]) -> Mapping[str, Sight]:
        """How these runs stand, all of them, in as few calls as the system allows.

        Args:
            runs: handle -> folder of the task. A shared folder also tells the truth about a run
                that the batch system has forgotten.

        Raises:
            BatchUnavailableError: nothing can be said about any of them now.
        """
        ...

    def fetch(self, runs: Mapping[str, Path]) -> Mapping[str, str]:
        """Bring outputs of ended runs into their folders; words for each that cannot be brought.

        Does nothing when folders are shared. Can be repeated; files are whole when it returns.

        Raises:
            BatchUnavailableError: ask again.
        """
        ...

    def cancel(self, handles: Sequence[str]) -> None:
        """Stop them, with all their processes; those that are over or not known are good.

        Raises:
            BatchUnavailableError: some may still run.
        """
        ...

    def clean(self, handles: Sequence[str]) -> None:
        """Forget them there, with their files there; not the folder. Can be repeated.

        Raises:
            BatchUnavailableError: ask again.
        """
        ...

    def tail(self, handle: str, folder: Path, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` of a run, also while it runs; empty when there are none.

        `offset` counts from the beginning; below zero it counts back from the end, and what has
        fewer bytes is read from its first.

        Raises:
            BatchUnavailableError: ask again.
        """
        ...

    def depth(self) -> Depth:
        """How full it is.

        Raises:
            BatchUnavailableError: it does not answer.
        """
        ...

    def close(self) -> None:
        """Our process ends; runs go on. Can be called twice."""
        ...


class Wallet(Protocol):
    """Grid proxies that owners of jobs have given us, sealed until the moment of their use."""

    def proxy(self, account_id: int) -> bytes | None:
        """An account's own, never another's: certificate, key and chain, PEM.

        Of several the one that is good for longest; None when none is good now. Nobody keeps
        what is returned.

        Raises:
            WaystationError: it cannot be had now.
        """
        ...


class Depot(Protocol):
    """Our own spaces and archives, as far as jobs touch them.

    Whoever is named by an account may do there what its roles allow. An input that is a folder is
    all files that are in it when it is looked for. All methods raise
    NotFoundError and ForbiddenError, with words for the job's owner; UnavailableError: ask again.
    """

    def check(self, account_id: int, inputs: Sequence[Input], space: str) -> None:
        """Whether the account may read all of these, and write into the space ("" is none).

        Raises:
            MalformedError: a path that cannot be.
        """
        ...

    def stage(self, account_id: int, key: str, inputs: Sequence[Input]) -> Staged:
        """Ask for those that are on tape, pinned until `release`, and say how they stand.

        Idempotent by key. Nothing is waited for.
        """
        ...

    def release(self, account_id: int, key: str) -> None:
        """What was staged by this key is needed no longer. Can be repeated."""
        ...

    def put(self, account_id: int, inputs: Sequence[Input], folder: Path) -> None:
        """Copy inputs into a folder, whole or not at all. Files that are there are right.

        Raises:
            MalformedError: one cannot be had, in words.
        """
        ...

    def take(self, account_id: int, haul: Haul) -> Sequence[Home]:
        """Bring what a run left into a space; what became of each file.

        Files that are there with the same content have come already. No link is followed.
        """
        ...


class Source(Protocol):
    """Gives us jobs, and hears what becomes of them. Holds no database; threads may share it.

    It raises only `SourceUnavailableError`; every call has a deadline of its own.
    """

    @property
    def name(self) -> str:
        """As settings and pages name it."""
        ...

    def check_config(self) -> list[str]:
        """What a person has to mend before it can work, a sentence each, without effect."""
        ...

    def take(self, most: int) -> Sequence[Offer]:
        """Jobs for us. What was never `kept` may be offered again: we know it by its name.

        Raises:
            SourceUnavailableError: it does not answer; none is lost for good.
        """
        ...

    def kept(self, foreign_ids: Sequence[str]) -> None:
        """These are written down here and need not be offered again. Can be repeated.

        Raises:
            SourceUnavailableError: they are told again when they are offered again.
        """
        ...

    def tell(self, reports: Sequence[Report]) -> Mapping[str, Heard]:
        """How these stand, in as few calls as it allows; by name. What is missing was not heard.

        The last word may come again after a death: hearing it twice changes nothing.

        Raises:
            SourceUnavailableError: none was heard, as far as is known.
        """
        ...

    def close(self) -> None:
        """Our process ends. Can be called twice."""
        ...
