"""Stage requests and pins, kept in the site's index: a kill loses none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from waystation_sim.site.index import Index

SCHEMA = """
create table if not exists rest_request (
  id text primary key, owner text not null, created real not null, started integer not null
) without rowid;
create table if not exists rest_item (
  request text not null references rest_request on delete cascade, n integer not null,
  path text not null, place text not null, state text not null,
  started real, finished real, error text not null default '', primary key (request, n)
) without rowid;
create index if not exists rest_place on rest_item (place);
create table if not exists rest_pin (
  request text not null, place text not null, until real not null, primary key (place, request)
) without rowid;
"""

UNFINISHED = ("SUBMITTED", "STARTED")


@dataclass(frozen=True, slots=True)
class Item:
    """A file of a request; moments in seconds since 1970.

    Attributes:
        path: as it was sent.
        place: of the file in the cache directory; empty when the path can be none.
    """

    path: str
    place: str
    state: str
    started: float | None = None
    finished: float | None = None
    error: str = ""

    @property
    def open(self) -> bool:
        """It has not ended."""
        return self.state in UNFINISHED


class Requests:
    """The requests of a site."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._db = index.reading
        self._db.executescript(SCHEMA)

    def add(self, number: str, owner: str, now: float, items: Sequence[Item]) -> None:
        """Keep a request; it is durable when this returns."""
        with self._index.writing() as db:
            db.execute("insert into rest_request values (?, ?, ?, 0)", (number, owner, now))
            db.executemany(
                "insert into rest_item values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (number, n, i.path, i.place, i.state, i.started, i.finished, i.error)
                    for n, i in enumerate(items)
                ],
            )

    def note_started(self, number: str, files: int) -> None:
        """For how many of its files a tape was set going."""
        with self._index.writing() as db:
            db.execute("update rest_request set started = ? where id = ?", (files, number))

    def names(self) -> list[str]:
        """Of all requests."""
        return [row[0] for row in self._db.execute("select id from rest_request")]

    def created(self, number: str) -> float | None:
        """When a request was made; None if there is none."""
        row = self._db.execute(
            "select created from rest_request where id = ?", (number,)
        ).fetchone()
        return None if row is None else float(row[0])

    def items(self, number: str) -> list[Item]:
        """The files of a request, in its order."""
        rows = self._db.execute(
            "select path, place, state, started, finished, error from rest_item"
            " where request = ? order by n",
            (number,),
        )
        return [Item(*row) for row in rows]

    def unfinished(self, owner: str) -> int:
        """How many requests of a user have files that have not ended."""
        (count,) = self._db.execute(
            "select count(*) from rest_request r where owner = ? and exists (select 1 from"
            " rest_item i where i.request = r.id and i.state in ('SUBMITTED', 'STARTED'))",
            (owner,),
        ).fetchone()
        return int(count)

    def awaited(self, place: str) -> bool:
        """Whether an unfinished file of any request is here."""
        found = self._db.execute(
            "select 1 from rest_item where place = ? and state in ('SUBMITTED', 'STARTED')",
            (place,),
        ).fetchone()
        return found is not None

    def awaited_places(self) -> list[str]:
        """All places of unfinished files."""
        rows = self._db.execute(
            "select distinct place from rest_item where state in ('SUBMITTED', 'STARTED')"
        )
        return [row[0] for row in rows]

    def end(self, place: str, state: str, now: float, error: str = "") -> None:
        """Every unfinished file of this place ends so."""
        with self._index.writing() as db:
            db.execute(
                "update rest_item set state = ?, finished = ?, started = coalesce(started, ?),"
                " error = ? where place = ? and state in ('SUBMITTED', 'STARTED')",
                (state, now, now, error, place),
            )

    def start(self, place: str, now: float) -> None:
        """The unfinished files of this place are being worked on."""
        with self._index.writing() as db:
            db.execute(
                "update rest_item set state = 'STARTED', started = ?"
                " where place = ? and state = 'SUBMITTED'",
                (now, place),
            )

    def cancel(self, number: str, paths: Iterable[str], now: float) -> None:
        """These unfinished files of a request are cancelled."""
        with self._index.writing() as db:
            db.executemany(
                "update rest_item set state = 'CANCELLED', finished = ?"
                " where request = ? and path = ? and state in ('SUBMITTED', 'STARTED')",
                [(now, number, path) for path in paths],
            )

    def delete(self, number: str) -> None:
        """The request is unknown from now on; its pins stay."""
        with self._index.writing() as db:
            db.execute("delete from rest_request where id = ?", (number,))

    def forget(self) -> None:
        """All requests are unknown from now on, as after a restart of a server with no memory."""
        with self._index.writing() as db:
            db.execute("delete from rest_request")

    def pin(self, number: str, places: Iterable[str], until: float) -> None:
        """A request holds these files on disk."""
        with self._index.writing() as db:
            db.executemany(
                "insert or replace into rest_pin values (?, ?, ?)",
                [(number, place, until) for place in places],
            )

    def unpin(self, number: str | None, place: str) -> bool:
        """Give back a request's pin of a file (None: anybody's, one); whether none is left."""
        with self._index.writing() as db:
            db.execute(
                "delete from rest_pin where place = ? and request = coalesce(?, ("
                " select min(request) from rest_pin where place = ?))",
                (place, number, place),
            )
            (left,) = db.execute(
                "select count(*) from rest_pin where place = ?", (place,)
            ).fetchone()
        return not left

    def pins(self, place: str) -> list[float]:
        """Until when a file is held, for each that holds it."""
        rows = self._db.execute("select until from rest_pin where place = ?", (place,))
        return [float(row[0]) for row in rows]
