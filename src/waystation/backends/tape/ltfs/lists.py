"""Recall lists on disk: what is wanted, what became of it, and who works on it.

For each key `.list` (what is wanted, written before anything is started), `.journal` (what became
of each file, see `journal`), `.dropped` (files that were cancelled) and, when nothing more will
come, `.ended`. Locks are `flock`s: whoever is killed lets go of them.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel import durable

KEY = re.compile(r"[a-z0-9-]{1,64}")
PREFIX = "waystation-"
KINDS = ("list", "journal", "dropped", "lock", "start.lock", "drop.lock", "ended")
"""Files of a key, in the order in which they are removed."""


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list as it was wanted; `tape` is None when its files may be on several."""

    key: str
    paths: tuple[str, ...]
    tape: str | None


class ListFolder:
    """The directory of recall lists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, key: str, kind: str) -> Path:
        """Path of one of a key's files."""
        return self._folder / f"{PREFIX}{key}.{kind}"

    def knows(self, key: str) -> bool:
        """A list of this key was accepted."""
        with self.usable():
            return KEY.fullmatch(key) is not None and self.place(key, "list").exists()

    def write(self, key: str, paths: Sequence[str], tape: str | None) -> None:
        """Accept a list for good.

        Raises:
            BackendUnavailableError: the directory cannot be used.
        """
        content = json.dumps({"paths": list(paths), "tape": tape}).encode()
        with self.usable():
            durable.write(self.place(key, "list"), content)

    def read(self, key: str) -> StoredList:
        """An accepted list."""
        with self.usable():
            told = json.loads(self.place(key, "list").read_bytes())
        return StoredList(key, tuple(told["paths"]), told["tape"])

    def waiting(self) -> list[str]:
        """Keys of lists that have not ended, oldest first."""
        with self.usable():
            names = [place.name for place in self._folder.iterdir()]
            ended = {name.removesuffix(".ended") for name in names if name.endswith(".ended")}
            stems = [
                name.removesuffix(".list")
                for name in names
                if name.startswith(PREFIX) and name.endswith(".list")
            ]
            return [
                stem.removeprefix(PREFIX) for stem in sorted(set(stems) - ended, key=self._written)
            ]

    def ended(self, key: str) -> bool:
        """Nothing more will come of a list."""
        with self.usable():
            return self.place(key, "ended").exists()

    def end(self, key: str) -> None:
        """Say for good that nothing more will come of a list."""
        with self.usable():
            durable.write(self.place(key, "ended"), b"")

    def dropped(self, key: str) -> frozenset[str]:
        """Files of a list that were cancelled."""
        with self.usable(), suppress(FileNotFoundError):
            return frozenset(json.loads(self.place(key, "dropped").read_bytes()))
        return frozenset()

    def drop(self, key: str, paths: Iterable[str]) -> None:
        """Cancel files of a list for good."""
        with self.locked(f"{key}.drop"):
            every = sorted(self.dropped(key).union(paths))
            with self.usable():
                durable.write(self.place(key, "dropped"), json.dumps(every).encode())

    def prune(self, before: float) -> None:
        """Remove what belongs to lists that ended before a moment (seconds since 1970)."""
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                stem, _, kind = entry.name.rpartition(".")
                with suppress(OSError):
                    if kind == "new" and entry.stat().st_mtime < before:
                        Path(entry.path).unlink()  # left by a killed `durable.write`
                    if kind == "ended" and entry.stat().st_mtime < before:
                        # The list itself goes first: a list without an end would run again.
                        for other in KINDS:
                            (self._folder / f"{stem}.{other}").unlink(missing_ok=True)

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Wait for a lock and hold it; for things that are soon done.

        Raises:
            BackendUnavailableError: the directory cannot be used.
        """
        with self.usable():
            lock = self._lock_file(name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def try_lock(self, name: str) -> Iterator[int | None]:
        """Hold a lock if nobody else does: the descriptor of its file, None if somebody does."""
        with self.usable():
            lock = self._lock_file(name)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
            else:
                yield lock
        finally:
            os.close(lock)

    def holder(self, name: str) -> str | None:
        """What who holds a lock has written into it; None when nobody holds it."""
        with self.usable():
            lock = self._lock_file(name)
            try:
                # Shared: two who only look do not take each other for a holder.
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return os.pread(lock, 4096, 0).decode("utf-8", "replace")
            finally:
                os.close(lock)
        return None

    @contextmanager
    def usable(self) -> Iterator[None]:
        """Say in the port's words that the directory cannot be used."""
        try:
            yield
        except OSError as error:
            raise BackendUnavailableError(
                f"Recall lists cannot be kept in {self._folder}: {error.strerror}.",
                advice="Check the back end's `list_dir`: it must be ours, and have room.",
            ) from error

    def _written(self, stem: str) -> float:
        with suppress(OSError):
            return (self._folder / f"{stem}.list").stat().st_mtime
        return 0.0

    def _lock_file(self, name: str) -> int:
        place = self._folder / f"{PREFIX}{name}.lock"
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def checked_key(key: str) -> str:
    """The key itself.

    Raises:
        BackendRefusedError: it is none.
    """
    if not KEY.fullmatch(key):
        raise BackendRefusedError(f"{key!r} is not a key for a recall list.")
    return key
