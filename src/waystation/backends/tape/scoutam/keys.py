"""The memory of sent lists: a file for each key, so that a key never starts a list twice.

Killed between ScoutAM's yes and our writing it down, the next call with the key sends that
portion once more. That starts nothing twice either: ScoutAM stages a file that is queued already,
or on disk, only once (MWA has sent whole jobs again every six hours for years), and the portion
carries the same key.
"""

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel import durable

KEY = re.compile(r"[a-z0-9-]{1,64}")
PREFIX = "waystation-"
LOOK_AGAIN_S = 0.02
"""How often we look whether another process has let go of a key."""


@dataclass(frozen=True, slots=True)
class SentList:
    """A list as it is remembered.

    Attributes:
        paths: all of it.
        taken: how many portions ScoutAM has taken.
        dropped: paths that were cancelled.
        written: when, seconds since 1970; changes with every change.
    """

    paths: tuple[str, ...]
    taken: int = 0
    dropped: tuple[str, ...] = ()
    written: float = 0.0


class KeyFolder:
    """The directory of sent lists.

    Args:
        folder: ours alone.
        patience_s: longest wait for another process that works on the same key.
    """

    def __init__(self, folder: Path, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s

    def read(self, key: str) -> SentList | None:
        """The list of a key; None if none was sent, or it is no key."""
        if not KEY.fullmatch(key):
            return None
        with self._usable(), suppress(FileNotFoundError):
            place = self._place(key)
            told = json.loads(place.read_bytes())
            return SentList(
                tuple(told["paths"]),
                int(told["taken"]),
                tuple(told["dropped"]),
                place.stat().st_mtime,
            )
        return None

    def changed(self, key: str) -> float | None:
        """When a key's list was written last, seconds since 1970; None if there is none."""
        if not KEY.fullmatch(key):
            return None
        with self._usable(), suppress(FileNotFoundError):
            return self._place(key).stat().st_mtime
        return None

    def write(self, key: str, sent: SentList) -> None:
        """Remember a list for good."""
        place = self._place(key)
        content = json.dumps(asdict(replace(sent, written=0.0)), ensure_ascii=False).encode()
        with self._usable():
            durable.write(place, content)

    def forget(self, key: str) -> None:
        """Remember a list no more: nothing of it was taken."""
        with self._usable():
            self._place(key).unlink(missing_ok=True)

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Keep others away from a key, in this process and in others.

        Raises:
            BackendRefusedError: it is no key.
            BackendUnavailableError: somebody else does not let go of it in time.
        """
        if not KEY.fullmatch(key):
            raise BackendRefusedError(f"{key!r} is not a key for a recall list.")
        with self._usable():
            place = self._place(key).with_suffix(".lock")
            lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._lock(lock, key)
            yield
        finally:
            os.close(lock)

    def prune(self, before: float) -> None:
        """Remove what was last written before a moment (seconds since 1970)."""
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                with suppress(OSError):
                    if entry.name.startswith(PREFIX) and entry.stat().st_mtime < before:
                        Path(entry.path).unlink()

    def _place(self, key: str) -> Path:
        return self._folder / f"{PREFIX}{key}.json"

    def _lock(self, lock: int, key: str) -> None:
        pause = threading.Event()
        for _ in range(int(self._patience_s / LOOK_AGAIN_S) + 1):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pause.wait(LOOK_AGAIN_S)
            else:
                return
        raise BackendUnavailableError(
            f"Another process has been sending list {key} for {self._patience_s:g} s.",
            advice="Look whether two workers run for this back end.",
        )

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Say in the port's words that the directory cannot be used."""
        try:
            yield
        except OSError as error:
            raise BackendUnavailableError(
                f"Sent lists cannot be kept in {self._folder}: {error.strerror}.",
                advice="Check the back end's `state_dir`: it must be ours, and have room.",
            ) from error


def portions(paths: Sequence[str], *, most: int, most_bytes: int) -> Iterator[list[str]]:
    """Cut paths into requests of at most so many paths and bytes."""
    portion: list[str] = []
    room = most_bytes
    for path in paths:
        size = len(json.dumps(path, ensure_ascii=False).encode()) + 1
        if portion and (len(portion) >= most or size > room):
            yield portion
            portion, room = [], most_bytes
        portion.append(path)
        room -= size
    if portion:
        yield portion
