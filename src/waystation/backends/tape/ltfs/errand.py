"""The work on one recall list: its files, tape by tape, in the order wanted.

A list is for one tape as a rule; a mixed one is taken tape by tape. A file whose copy cannot be
read is tried again from another cartridge when the rest of this one is done: a tape is mounted
once for all that is wanted of it.
"""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from waystation.backends.tape.ltfs.attributes import Checksum
from waystation.backends.tape.ltfs.cartridges import complaint, folder_of
from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.copying import (
    SIZE_ONLY,
    Copying,
    DamagedError,
    PlaceError,
    SourceError,
    on_disk,
    sweep,
)
from waystation.backends.tape.ltfs.index import Copy, Index
from waystation.backends.tape.ltfs.journal import Entry, Journal, JournalWriter
from waystation.backends.tape.ltfs.lists import ListFolder, StoredList
from waystation.backends.tape.ltfs.trees import Spot, Trees
from waystation.domains.staging.errors import BackendUnavailableError

NO_COPY = "No cartridge that was looked through has this file."


@dataclass(slots=True)
class Wish:
    """A file of the list on its way.

    Attributes:
        n: place in the list.
        copies: not yet tried, the wanted tape's first.
        known: the site's own checksum of it.
        trouble: why copies that were tried did not serve; True when the copy itself was wrong.
    """

    n: int
    path: str
    spot: Spot
    copies: deque[Copy]
    known: Checksum | None
    trouble: list[tuple[str, bool]] = field(default_factory=list)


class Errand:
    """One list, once; the caller holds its lock and a drive.

    Args:
        config: settings of the back end.
        stored: the list.
        now_s: tells the moment, seconds since 1970.
        show: is told the cartridge that is being read.
    """

    def __init__(
        self,
        config: LtfsConfig,
        stored: StoredList,
        *,
        now_s: Callable[[], float],
        show: Callable[[str], None],
    ) -> None:
        self._config = config
        self._stored = stored
        self._now_s = now_s
        self._show = show
        self._lists = ListFolder(config.list_dir)
        self._index = Index(config.list_dir)
        self._copying = Copying(now_s, config.fsync)
        self._runs = 0
        self._full = ""
        self._writer: JournalWriter | None = None

    def run(self) -> None:
        """Do what is left of the list and end it.

        Raises:
            OSError: the journal cannot be written; the list is as it was, somebody may go on.
            BackendUnavailableError: the same of our directory.
        """
        key = self._stored.key
        journal = Journal(self._lists.place(key, "journal"))
        before = journal.place.exists()  # somebody was at work here, and may have left parts
        self._writer = JournalWriter(journal.place, fsync=self._config.fsync)
        try:
            journal.catch_up()
            trees = Trees(self._config.trees)
            left: list[tuple[int, Spot]] = []
            for n, path in enumerate(self._stored.paths):
                spot = trees.spot(path)
                if n in journal.entries:
                    continue
                if spot is None:
                    self._say(Entry(n, "refused", "It is in no tree of this back end."))
                    continue
                if before:
                    sweep(spot, self._part(n))
                left.append((n, spot))
            self._read(self._by_tape(left))
        finally:
            self._writer.close()
        self._lists.end(key)

    def _read(self, groups: dict[str, list[Wish]]) -> None:
        while groups:
            tape = next(iter(groups))
            wishes = groups.pop(tape)
            with self._lists.locked(f"tape.{tape}"):
                self._show(tape)
                later = self._read_tape(tape, wishes)
            for wish in sorted(later, key=lambda one: one.copies[0].position):
                groups.setdefault(wish.copies[0].tape, []).append(wish)

    def _by_tape(self, left: Iterable[tuple[int, Spot]]) -> dict[str, list[Wish]]:
        """What is left, by the cartridge that serves it; files of no cartridge are told of."""
        every = list(left)
        places = [spot.on_tape for _, spot in every]
        copies, sums = self._index.copies(places), self._index.checksums(places)
        groups: dict[str, list[Wish]] = {}
        for at, (n, spot) in enumerate(every):
            found = sorted(copies[at], key=lambda copy: copy.tape != self._stored.tape)
            wish = Wish(n, self._stored.paths[n], spot, deque(found), sums.get(at))
            if found:
                groups.setdefault(found[0].tape, []).append(wish)
            elif not self._there_already(wish):
                self._say(Entry(n, "failed", NO_COPY))
        return groups

    def _read_tape(self, tape: str, wishes: list[Wish]) -> list[Wish]:
        """Read from one cartridge; those that have to be tried on another one."""
        later: list[Wish] = []
        words = complaint(self._config, tape, wishes[0].copies[0].uuid)
        run = self._next_run()
        for wish in wishes:
            if wish.path in self._lists.dropped(self._stored.key) or self._there_already(wish):
                continue
            if self._full:
                self._say(Entry(wish.n, "failed", self._full))
                continue
            copy = wish.copies.popleft()
            try:
                self._bring(wish, copy, run, away=words)
            except SourceError as error:
                run = self._next_run()
                if not words:
                    words = complaint(self._config, tape, copy.uuid)
                    self._doubt(tape)
                told = words or f"Cartridge {tape}: {error}."
                wish.trouble.append((told, isinstance(error, DamagedError)))
                later += self._elsewhere(wish)
            except PlaceError as error:
                self._say(Entry(wish.n, "failed", f"Not put on disk: {error}."))
                self._full = f"Not read: {error}." if error.full else ""
        return later

    def _bring(self, wish: Wish, copy: Copy, run: str, *, away: str) -> None:
        """Bring one file, if its cartridge is not `away`; one that comes wrong is read again."""
        if away:
            raise SourceError(away)
        self._say(Entry(wish.n, "begun"))
        place, part = folder_of(self._config, copy.tape), self._part(wish.n)
        try:
            brought = self._copying.bring(place, wish.spot, copy, part=part, known=wish.known)
        except DamagedError:
            run = self._next_run()
            brought = self._copying.bring(place, wish.spot, copy, part=part, known=wish.known)
        entry = Entry(
            wish.n,
            "online",
            "" if brought.checked else SIZE_ONLY,
            tape=copy.tape,
            position=copy.position,
            size=copy.size,
            run=run if brought.first_s is not None else "",
            first_s=round(brought.first_s or 0.0, 4),
            end_s=round(self._now_s(), 4),
        )
        self._say(entry)

    def _there_already(self, wish: Wish) -> bool:
        """The file is on disk, from another list or from its owner, and is left as it is."""
        try:
            seen = on_disk(wish.spot)
        except PlaceError as error:
            self._say(Entry(wish.n, "failed", f"Not put on disk: {error}."))
            return True
        if seen is not None:
            self._say(Entry(wish.n, "online", size=seen.st_size))
        return seen is not None

    def _elsewhere(self, wish: Wish) -> list[Wish]:
        """The wish when there is another copy to try; else its end is told."""
        if wish.copies:
            return [wish]
        words = " ".join(words for words, _ in wish.trouble)
        damaged = all(damage for _, damage in wish.trouble)
        if damaged:
            words = f"Every copy was read twice and is not what was written. {words}"
        self._say(Entry(wish.n, "refused" if damaged else "failed", words))
        return []

    def _doubt(self, tape: str) -> None:
        # The scan may hold the index for long; that it is doubted can be found out again.
        with suppress(BackendUnavailableError), self._index.change() as change:
            change.doubt(tape)

    def _next_run(self) -> str:
        self._runs += 1
        return f"{self._now_s():.3f}-{self._runs}"

    def _part(self, n: int) -> str:
        return f".waystation-{self._stored.key}-{n}.part"

    def _say(self, entry: Entry) -> None:
        assert self._writer is not None
        self._writer.write(entry)
