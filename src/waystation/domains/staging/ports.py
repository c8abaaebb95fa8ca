"""What staging needs of a tape system: one bulk, idempotent port.

A back end is built from its own settings, holds no database and may be used by several threads.
It may raise only the `BackendError` family. Paths are absolute and already confined to the
store's root by the caller; a back end still refuses what could be read as an option or as two
lines. Every call has a deadline of the back end's own (settings, default 60 s a command).
The suite that every back end must pass is `waystation_testing.tape`.
"""

from collections.abc import Sequence
from typing import Protocol

from waystation.domains.staging.entities import (
    Capabilities,
    FileReport,
    Finding,
    LibraryReport,
    ListReport,
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
