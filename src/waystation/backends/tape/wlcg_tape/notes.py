"""The memory of sent lists: a journal for each key, so that no part of a list is lost or doubled.

The wire knows no name of ours: each accepted stage request is written down, durably, before the
next one is sent. What can double, and why that does no harm:

- Killed, or not answered, between the site's yes and our note, the same files are sent once more.
  The site then has a request that we do not know (a stray). It reads no file twice, because a file
  that is on its way or on disk is not fetched again; what the stray does is hold its files until
  its `diskLifetime` ends, and count as one unfinished request until its files came.
- It cannot be cancelled: the API lists no requests. The line `sending` without a `request` after
  it shows that there may be one, and the log says so.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import msgspec

from waystation.backends.tape.wlcg_tape import journal
from waystation.backends.tape.wlcg_tape.journal import Line, Note, Part
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError

KEY = re.compile(r"[a-z0-9-]{1,64}")
PREFIX, SUFFIX = "sent-", ".journal"
LOOK_AGAIN_S = 0.02
"""How often we look whether another process has let go of a key."""


class Notes:
    """The directory of journals.

    Args:
        folder: ours alone.
        patience_s: longest wait for another process that works on the same key.
    """

    def __init__(self, folder: Path, patience_s: float) -> None:
        self._folder = folder
        self._patience_s = patience_s

    def keys(self) -> dict[str, float]:
        """Every list that is remembered, and when it last changed."""
        with self._usable():
            return {
                entry.name[len(PREFIX) : -len(SUFFIX)]: entry.stat().st_mtime
                for entry in os.scandir(self._folder)
                if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX)
            }

    def size(self, key: str) -> int:
        """Bytes of a journal: 0 if there is none."""
        if KEY.fullmatch(key):
            with self._usable(), suppress(FileNotFoundError):
                return self._place(key).stat().st_size
        return 0

    def read(self, key: str) -> Note | None:
        """The list of a key; None if none was kept, or it is no key."""
        if not KEY.fullmatch(key):
            return None
        with self._usable(), suppress(FileNotFoundError):
            return journal.read(key, self._place(key).read_bytes())
        return None

    def begin(self, key: str, paths: tuple[str, ...]) -> Note:
        """Remember a list for good, before anything of it is sent. The key must be held."""
        with self._usable():
            os.truncate(self._place(key), 0)
            self._append(key, Line(paths=paths))
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return Note(key, paths)

    def sending(self, note: Note) -> None:
        """The next part is about to be sent."""
        with self._usable():
            self._append(note.key, Line(sending=note.taken))

    def not_taken(self, note: Note) -> None:
        """What was about to be sent was refused as a whole: there is no doubt."""
        with self._usable():
            self._append(note.key, Line(refused=note.taken))

    def answered(self, note: Note, part: Part) -> Note:
        """The next part was accepted, or (without an id) refused."""
        line = Line(
            request=part.id, first=part.first, count=part.count, at=part.at, words=part.words
        )
        with self._usable():
            self._append(note.key, line)
        return replace(note, parts=(*note.parts, part), doubtful=False)

    def drop(self, key: str, paths: list[str]) -> None:
        """These are cancelled."""
        with self._usable():
            self._append(key, Line(dropped=tuple(paths)))

    def release(self, key: str, paths: list[str]) -> None:
        """These are given back."""
        with self._usable():
            self._append(key, Line(released=tuple(paths)))

    def forget(self, key: str) -> None:
        """Nothing of a list was accepted. The key must be held."""
        with self._usable():
            os.truncate(self._place(key), 0)

    def prune(self, before: float) -> None:
        """Remember no longer what last changed before a moment (seconds since 1970)."""
        for key, changed in self.keys().items():
            if changed < before:
                with suppress(OSError):
                    self._place(key).unlink()

    @contextmanager
    def held(self, key: str, *, wait: bool = True) -> Iterator[bool]:
        """Keep others away from a key, in this process and in others; False if they keep us.

        Raises:
            BackendRefusedError: it is no key.
            BackendUnavailableError: somebody else does not let go of it in time.
        """
        if not KEY.fullmatch(key):
            raise BackendRefusedError(f"{key!r} is not a key for a recall list.")
        with self._usable():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            lock = os.open(self._place(key), flags, 0o600)
        try:
            yield self._lock(lock, key, self._patience_s if wait else 0.0)
        finally:
            os.close(lock)

    def _lock(self, lock: int, key: str, patience_s: float) -> bool:
        pause = threading.Event()
        for _ in range(int(patience_s / LOOK_AGAIN_S) + 1):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not patience_s:
                    return False
                pause.wait(LOOK_AGAIN_S)
            else:
                return True
        raise BackendUnavailableError(
            f"Another process has been sending list {key} for {patience_s:g} s.",
            advice="Look whether two workers run for this back end.",
        )

    def _append(self, key: str, line: Line) -> None:
        """Write one line for good; one `write`, so that lines of two processes never mix."""
        place = os.open(self._place(key), os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            size = os.fstat(place).st_size
            torn = size and os.pread(place, 1, size - 1) != b"\n"  # by a crash in this line
            content = memoryview((b"\n" if torn else b"") + msgspec.json.encode(line) + b"\n")
            while content:
                content = content[os.write(place, content) :]
            os.fsync(place)
        finally:
            os.close(place)

    def _place(self, key: str) -> Path:
        return self._folder / f"{PREFIX}{key}{SUFFIX}"

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Say in the port's words that the directory cannot be used."""
        try:
            yield
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self._folder.is_dir():
                raise
            raise BackendUnavailableError(
                f"Sent lists cannot be kept in {self._folder}: {error.strerror}.",
                advice="Check the back end's `list_dir`: it must be ours, and have room.",
            ) from error
