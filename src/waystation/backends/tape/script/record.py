"""What was sent by which key, on disk: the memory that survives a crash."""

import fcntl
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel import durable

KEY = re.compile(r"[a-z0-9-]{1,64}")
PREFIX = "waystation-"
LOOK_AGAIN_S = 0.02
"""How often we look whether a key was let go."""


class Record:
    """The directory of sent lists.

    For each key: `.list` the question as `recall` was asked, written before it is started;
    `.out` what it answered; `.err` what it complained of; `.handle` the handle. The lock on `.out`
    is held by whoever prepares the recall and by the running command, through its output.

    Args:
        folder: ours alone.
        patience_s: longest wait for another process that works on the same key.
    """

    def __init__(self, folder: Path, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s

    def handle_of(self, key: str) -> str | None:
        """The handle that was kept for a key, None if none was."""
        with self._usable(), suppress(FileNotFoundError):
            return self.place(key, "handle").read_text() or None
        return None

    def keep(self, key: str, handle: str) -> None:
        """Keep the handle of a key for good."""
        with self._usable():
            durable.write(self.place(key, "handle"), handle.encode())

    def begin(self, key: str, question: Iterable[bytes]) -> Path:
        """Write down that a recall is about to be started, and what it is asked."""
        place = self.place(key, "list")
        with self._usable():
            durable.write(place, b"".join(question))
        return place

    def begun(self, key: str) -> bool:
        """A recall of this key may have been started."""
        with self._usable():
            return self.place(key, "list").exists()

    def forget(self, key: str) -> None:
        """No recall of this key was started after all."""
        with self._usable():
            self.place(key, "list").unlink(missing_ok=True)

    def said(self, key: str, kind: str = "out") -> bytes:
        """What the recall of a key printed so far."""
        with self._usable(), suppress(FileNotFoundError):
            return self.place(key, kind).read_bytes()
        return b""

    @contextmanager
    def held(self, key: str) -> Iterator[IO[bytes]]:
        """Keep others away from a key, here and in other processes; its output, to be handed on.

        Raises:
            BackendUnavailableError: somebody else works on it for too long.
        """
        with self._usable():
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(self.place(key, "out"), flags, 0o600)
        with os.fdopen(descriptor, "ab") as output:
            self._lock(output, key)
            yield output

    def complaints(self, key: str) -> IO[bytes]:
        """A fresh file for what the recall of a key complains of."""
        with self._usable():
            return self.place(key, "err").open("wb")

    def prune(self, before: float) -> None:
        """Remove what belongs to lists last written before a moment (seconds since 1970)."""
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                with suppress(OSError):
                    if entry.name.startswith(PREFIX) and entry.stat().st_mtime < before:
                        Path(entry.path).unlink()

    def place(self, key: str, kind: str) -> Path:
        """Where something of a key is kept.

        Raises:
            BackendRefusedError: the key is not one.
        """
        if not KEY.fullmatch(key):
            raise BackendRefusedError(f"{key!r} is not a key for a recall list.")
        return self._folder / f"{PREFIX}{key}.{kind}"

    def _lock(self, output: IO[bytes], key: str) -> None:
        pause = threading.Event()
        for _ in range(int(self._patience_s / LOOK_AGAIN_S) + 1):
            try:
                fcntl.flock(output, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(LOOK_AGAIN_S)
            else:
                return
        raise BackendUnavailableError(
            f"Another process has been starting list {key} for {self._patience_s:g} s.",
            advice="Look whether the recall command leaves something behind with its output.",
        )

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Say in the port's words that the directory cannot be used."""
        try:
            yield
        except OSError as error:
            raise BackendUnavailableError(
                f"Sent lists cannot be kept in {self._folder}: {error.strerror}.",
                advice="Check the back end's `list_dir`: it must be ours, and have room.",
            ) from error
