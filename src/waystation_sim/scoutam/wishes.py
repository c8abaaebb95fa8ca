"""What was accepted and not yet told about, kept in the site's index: a kill loses none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from waystation_sim.site.index import Index

SCHEMA = """
create table if not exists scout_wish (
  path text primary key, topic text not null, requested real not null
) without rowid;
create table if not exists scout_request (
  number integer primary key, key text not null, files integer not null, started integer not null
);
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that somebody asked for; `requested` in seconds since 1970."""

    path: str
    topic: str
    requested: float


class Wishes:
    """The wishes of a site."""

    def __init__(self, index: Index) -> None:
        self._index = index
        index.reading.executescript(SCHEMA)
        rows = index.reading.execute("select path, topic, requested from scout_wish")
        self.open: dict[str, Wish] = {row[0]: Wish(*row) for row in rows}

    def add(self, paths: Sequence[str], topic: str, now: float) -> list[str]:
        """Keep wishes for those paths that nobody wished for yet; return these."""
        fresh = [path for path in dict.fromkeys(paths) if path not in self.open]
        with self._index.writing() as db:
            db.executemany(
                "insert into scout_wish values (?, ?, ?)", [(path, topic, now) for path in fresh]
            )
        self.open.update((path, Wish(path, topic, now)) for path in fresh)
        return fresh

    def note(self, key: str, files: int, started: int) -> None:
        """Count a request: how many files it named, for how many it set tapes going."""
        with self._index.writing() as db:
            db.execute(
                "insert into scout_request (key, files, started) values (?, ?, ?)",
                (key, files, started),
            )

    def done(self, paths: Iterable[str]) -> None:
        """These were told about, or withdrawn."""
        gone = [(path,) for path in paths if self.open.pop(path, None)]
        with self._index.writing() as db:
            db.executemany("delete from scout_wish where path = ?", gone)
