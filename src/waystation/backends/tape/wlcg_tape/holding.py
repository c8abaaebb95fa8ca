"""Which stage requests hold a file: needed to release it, after restarts too.

A few bytes a file are kept in memory (hashes, sorted by nothing); the journals are read only where
one of them may know a path.
"""

import threading
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from waystation.backends.tape.wlcg_tape.journal import Note
from waystation.backends.tape.wlcg_tape.notes import Notes


@dataclass(frozen=True, slots=True)
class Held:
    """Files that one stage request holds, as we name them."""

    key: str
    request: str
    paths: tuple[str, ...]


class Holdings:
    """An index of all journals. Safe to use from several threads."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._lock = threading.Lock()
        self._hashes: dict[str, array[int]] = {}

    def of(self, paths: Collection[str]) -> list[Held]:
        """Every request that was accepted for one of these and not given back or cancelled."""
        wanted = set(paths)
        found: list[Held] = []
        for key in self._may_know({hash(path) for path in wanted}):
            note = self._notes.read(key)
            if note is not None:
                found += _held(note, wanted)
        return found

    def _may_know(self, hashes: set[int]) -> list[str]:
        with self._lock:
            keys = self._notes.keys()
            for gone in self._hashes.keys() - keys.keys():
                del self._hashes[gone]
            for key in keys.keys() - self._hashes.keys():
                note = self._notes.read(key)
                if note is not None:
                    self._hashes[key] = array("q", map(hash, note.paths))
            return [key for key, own in self._hashes.items() if not hashes.isdisjoint(own)]


def _held(note: Note, wanted: set[str]) -> Iterator[Held]:
    gone = note.dropped | note.released
    for part in note.parts:
        if part.id:
            mine = tuple(p for p in note.files(part) if p in wanted and p not in gone)
            if mine:
                yield Held(note.key, part.id, mine)
