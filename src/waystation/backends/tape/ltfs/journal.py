"""What became of the files of a list: one line each, appended and never changed.

A line without its end was being written when the process was killed; it does not count, and who
goes on cuts it off first.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

Did = Literal["begun", "online", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Attributes:
        n: place of the file in its list.
        did: what happened: `begun` is said before anything of the file is on disk.
        words: why it did not come, or how far it was checked.
        tape: read from, empty when nothing was read.
        position: first byte on the tape.
        size: bytes of the file.
        run: reads with the same number followed each other on one tape without a break.
        first_s: moment of the first byte, seconds since 1970; 0 when nothing was read.
        end_s: moment of the last byte.
    """

    n: int
    did: Did
    words: str = ""
    tape: str = ""
    position: int = 0
    size: int = 0
    run: str = ""
    first_s: float = 0.0
    end_s: float = 0.0


class JournalWriter:
    """Appends to the journal of a list; the caller holds the list's lock.

    Args:
        place: the file.
        fsync: it is on the disk for good when it is closed. Lines that are lost before, with the
            machine, are found out again: their files are on disk, or are read once more.
    """

    def __init__(self, place: Path, *, fsync: bool) -> None:
        self._fsync = fsync
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(place, flags, 0o600)
        whole = os.pread(self._file, os.fstat(self._file).st_size, 0)
        os.ftruncate(self._file, whole.rfind(b"\n") + 1)

    def write(self, entry: Entry) -> None:
        """Append a line.

        Raises:
            OSError: the disk is full.
        """
        told = {name: value for name in _NAMES if (value := getattr(entry, name)) not in _EMPTY}
        line = json.dumps({"n": entry.n, "did": entry.did, **told}).encode() + b"\n"
        begin = os.fstat(self._file).st_size
        try:
            done = os.write(self._file, line)
        except OSError:
            os.ftruncate(self._file, begin)
            raise
        if done < len(line):  # a full disk takes a part and says nothing
            os.ftruncate(self._file, begin)
            os.write(self._file, line)

    def close(self) -> None:
        """Let go of the file, written for good.

        Raises:
            OSError: the disk failed.
        """
        try:
            if self._fsync:
                os.fsync(self._file)
        finally:
            os.close(self._file)


_NAMES = ("words", "tape", "position", "size", "run", "first_s", "end_s")
_EMPTY = ("", 0, 0.0)


@dataclass(slots=True)
class Journal:
    """The journal of a list as far as it was read; `catch_up` reads what came since."""

    place: Path
    entries: dict[int, Entry] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    _read: int = 0

    def catch_up(self) -> None:
        """Read on from where the last call stopped.

        Raises:
            OSError: it cannot be read; none yet is an empty one.
        """
        for entry in self._fresh():
            if entry.did == "begun":
                self.begun.add(entry.n)
            else:
                self.entries[entry.n] = entry

    def _fresh(self) -> Iterator[Entry]:
        try:
            with self.place.open("rb") as file:
                file.seek(self._read)
                text = file.read()
        except FileNotFoundError:
            return
        text = text[: text.rfind(b"\n") + 1]
        self._read += len(text)
        for line in text.splitlines():
            # What a bad disk made unreadable counts as not written: the file is looked at again.
            with suppress(ValueError, TypeError):
                yield Entry(**json.loads(line))


def moment(at: datetime) -> float:
    """A moment as the journal writes it, seconds since 1970."""
    return round(at.timestamp(), 4)
