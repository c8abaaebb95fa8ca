"""What staging needs of a tape system: one bulk, idempotent port.

A back end is built from its own settings, holds no database and may be used by several threads.
It may raise only the `BackendError` family. Paths are absolute and already confined to the
store's root by the caller; a back end still refuses what could be read as an option or as two
lines. Every call has a deadline of the back end's own (settings, default 60 s a command).
The suite that every back end must pass is `waystation_testing.tape`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from waystation.domains.staging.entities import (
    Capabilities,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
    Outcome,
    RecallList,
)


class TapeBackend(Protocol):
    """A tape system that brings files from nearline to online."""

    @property
    def capabilities(self) -> Capabilities:
        """What this system can see and keep; does not change while it runs."""
        ...

    def check_config(self) -> list[Finding]:
        """Look at everything a person can get wrong, without effect on the tape system."""
        ...

    def locate(self, paths: Sequence[str]) -> list[FileReport]:
        """Where each file is: one report a path, in the order asked, also for unknown paths.

        Cheap means first (file system metadata), the system's own word where they cannot tell.
        A file that the system does not know is MISSING in its report, never an error.

        Raises:
            BackendUnavailableError: nothing can be said about any of them now.
        """
        ...

    def recall(self, wanted: RecallList) -> str:
        """Start to bring these files up and return the system's handle for the list.

        Idempotent by `wanted.key`: a second call with the same key, also from another process
        after a crash of the first, starts nothing and returns the same handle. Returns as soon as
        the system has accepted the list; does not wait for tapes. Files that are online already,
        or in another running list, do no harm.

        Raises:
            BackendUnavailableError: not accepted, or not known whether; call again, same key.
            BackendRefusedError: not accepted and will not be; nothing was started.
        """
        ...

    def poll(self, handles: Sequence[str]) -> list[ListReport]:
        """How each list stands: one report a handle, in the order asked.

        `files` may repeat news that was given before. A handle that the system does not know is
        UNKNOWN, never an error.

        Raises:
            BackendUnavailableError: nothing can be said about any of them now.
        """
        ...

    def cancel(self, handle: str, paths: Sequence[str]) -> None:
        """Ask to drop these files of a list; returns at once.

        The race is the caller's: a file may come online all the same. Systems that can only stop
        a whole list ignore the call unless every unfinished file of the list is named.
        """
        ...

    def release(self, paths: Sequence[str]) -> None:
        """Say that the disk copies are no longer needed; never queues behind recalls.

        A hint: the system may keep them. Unknown paths and files not on disk do no harm.
        """
        ...

    def library(self) -> LibraryReport:
        """The drives as they are now, for pages and slot counts; empty when hidden."""
        ...


@runtime_checkable
class Libraries(Protocol):
    """What a back end with several libraries can do beside `TapeBackend`'s promises."""

    def locate_in(self, paths: Sequence[str], libraries: Sequence[str]) -> list[FileReport]:
        """As `locate`, choosing for each path a readable copy in its library, if there is one.

        Args:
            paths: as for `locate`.
            libraries: one a path; empty is any.

        Raises:
            BackendUnavailableError: nothing can be said about any of them now.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReadFile:
    """When one file was read from its tape; moments in seconds of one clock.

    Attributes:
        position: first byte on the cartridge, as `locate` tells it.
        length: bytes.
        first_s: moment of the first byte.
        end_s: moment of the last.
    """

    position: int
    length: int
    first_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class ReadRun:
    """Files that were read from one cartridge one after the other, nothing in between."""

    tape: str
    files: tuple[ReadFile, ...]


@runtime_checkable
class Timings(Protocol):
    """What a back end that reads the tapes itself can tell beside `TapeBackend`'s promises."""

    def timings(self, handles: Sequence[str]) -> list[tuple[ReadRun, ...]]:
        """What was read for each list, in the order asked; empty for one that is not known.

        Of a list that has ended the answer does not change.

        Raises:
            BackendUnavailableError: that cannot be told now.
        """
        ...


class Place(NamedTuple):
    """Where a message stands in its stream.

    Attributes:
        part: of the stream; in each part numbers only grow.
        number: in that part.
        written_ms: when it was written, milliseconds since 1970: a stream that lost its log begins
            again with small numbers, and with later moments.
    """

    part: str
    number: int
    written_ms: int

    def __str__(self) -> str:
        return f"{self.part}@{self.number}"


class News(NamedTuple):
    """What a tape system tells of one file without being asked.

    Attributes:
        path: of the file.
        outcome: how its recall ended.
        words: plain words when it failed.
        key: of the recall list that it belongs to, None when the message does not say.
    """

    path: str
    outcome: Outcome
    words: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that cannot be read: why, and the beginning of it, as far as it is text."""

    words: str
    raw: str


@dataclass(frozen=True, slots=True)
class NewsBatch:
    """Messages taken together, each with its place; `mark` is what their source commits by."""

    messages: tuple[tuple[Place, News | Poison], ...] = ()
    mark: object = field(default=None, compare=False)

    def __len__(self) -> int:
        return len(self.messages)


class NewsSource(Protocol):
    """A stream of news from a tape system, at least once, in any order, maybe late or doubled.

    For one thread: the step that listens.
    """

    def take(self, limit: int, wait_s: float) -> NewsBatch:
        """Up to so many messages; empty when none came in so many seconds.

        A batch that was not committed is given again, here or, after a crash, to whoever listens
        next.

        Raises:
            BackendUnavailableError: the stream cannot be read now, or not by us.
        """
        ...

    def commit(self, batch: NewsBatch) -> None:
        """These were written down and need not be given again; after a crash they may be.

        Raises:
            BackendUnavailableError: that could not be kept.
        """
        ...

    def close(self) -> None:
        """Stop listening; what was not committed is given to whoever listens next."""
        ...
