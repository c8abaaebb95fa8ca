"""Recall lists on disk: their names carry our keys, so that a recall is found after a crash."""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel import durable

KEY = re.compile(r"[a-z0-9-]{1,64}")
PREFIX = "waystation-"
LIST_NAME = re.compile(r"(?P<path>/\S*/waystation-(?P<key>[a-z0-9-]{1,64})\.list)")


class ListFolder:
    """The directory of recall lists.

    For each key: `.list` the paths, `.out` what `eeadm recall` printed, `.task` the handle. The
    lock on `.out` is held by whoever prepares the recall and then by the running `eeadm`, through
    its standard output: it cannot outlive them and survives `sudo`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list_of(self, key: str) -> Path:
        """Path of a key's list.

        Raises:
            BackendRefusedError: the key is not one.
        """
        if not KEY.fullmatch(key):
            raise BackendRefusedError(f"{key!r} is not a key for a recall list.")
        return self._folder / f"{PREFIX}{key}.list"

    def handle_of(self, key: str) -> str | None:
        """The handle that was kept for a key, None if none was."""
        with self._usable(), suppress(FileNotFoundError):
            return self.list_of(key).with_suffix(".task").read_text() or None
        return None

    def keep_handle(self, key: str, handle: str) -> None:
        """Keep the handle of a key for good."""
        with self._usable():
            durable.write(self.list_of(key).with_suffix(".task"), handle.encode())

    def write_list(self, key: str, paths: Sequence[str]) -> Path:
        """Write the list of a key, whole or not at all.

        Policy-engine lines (`... -- /path`): the form EE takes without looking into the name.
        """
        place = self.list_of(key)
        lines = b"".join(b"0 0 0 -- " + os.fsencode(path) + b"\n" for path in paths)
        with self._usable():
            durable.write(place, lines)
        return place

    def exists(self, key: str) -> bool:
        """A list of this key was written: its recall may have been started."""
        with self._usable():
            return self.list_of(key).exists()

    def said(self, key: str) -> str:
        """What the recall of a key printed so far."""
        with self._usable(), suppress(FileNotFoundError):
            return self.list_of(key).with_suffix(".out").read_text(errors="surrogateescape")
        return ""

    @contextmanager
    def output_of(self, key: str) -> Iterator[tuple[IO[bytes], bool]]:
        """Open a key's output; the second value says whether we hold its lock.

        If not, somebody else prepares or runs the recall of this key right now.
        """
        place = self.list_of(key).with_suffix(".out")
        with self._usable():
            descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as output:
            try:
                fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield output, False
            else:
                yield output, True

    def prune(self, before: float) -> None:
        """Remove what belongs to lists last written before a moment (seconds since the epoch)."""
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                with suppress(OSError):
                    if entry.name.startswith(PREFIX) and entry.stat().st_mtime < before:
                        Path(entry.path).unlink()

    def paths_in(self, command: str) -> list[str] | None:
        """The paths of the list that a task's command line names; None if it is not ours."""
        match = LIST_NAME.search(command)
        if match is None or Path(match["path"]).parent != self._folder:
            return None
        try:
            text = Path(match["path"]).read_bytes()
        except OSError:
            return None
        return [os.fsdecode(line.partition(b" -- ")[2]) for line in text.splitlines()]

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Say in the port's words that the directory cannot be used."""
        try:
            yield
        except OSError as error:
            raise BackendUnavailableError(
                f"Recall lists cannot be kept in {self._folder}: {error.strerror}.",
                advice="Check the back end's `list_dir`: it must be ours, and have room.",
            ) from error
