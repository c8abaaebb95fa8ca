"""A small house with one space on a real folder; it can be killed between any two steps.

The database and the disk live on; everything else is built anew, as by a restart of all processes.
"""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg

from crash.world import Fate, HandClock, KilledError, MortalDatabase, _grant
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Catalogue, Entry, StoreInfo
from waystation.domains.hosting.door import HIDDEN, Desk, Hosting, Role, Storage, steps
from waystation.domains.hosting.entities import ALWAYS, Condition

SPACE = "lab"
EFFECTS = {"receive", "place", "discard", "make_folder", "move", "remove"}
MANY = {"receive_many", "place_many"}


class MortalStorage:
    """A storage whose caller dies right before or right after a call with an effect."""

    def __init__(self, storage: Storage, fate: Fate) -> None:
        self._storage = storage
        self._fate = fate

    def __getattr__(self, name: str) -> object:
        found = getattr(self._storage, name)
        if name in MANY:
            return lambda things, **more: self._amid(name, things, **more)
        if name not in EFFECTS:
            return found

        def call(*args: object, **more: object) -> object:
            self._fate.passes(f"before {name}")
            answer = found(*args, **more)
            self._fate.passes(f"after {name}")
            return answer

        return call

    def _amid(self, name: str, things: Sequence[object], **more: object) -> list[object]:
        """A call for many: death may come between any two of them."""
        answers: list[object] = []
        for n, thing in enumerate(things):
            self._fate.passes(f"before {name} {n}")
            answers += getattr(self._storage, name)([thing], **more) or []
        self._fate.passes(f"after {name}")
        return answers


class World:
    """Database, disk, time; and the house that is built on them again and again."""

    def __init__(self, dsn: str, root: Path) -> None:
        self.dsn = dsn + "?options=-csynchronous_commit%3Doff"
        self.root = root
        self.clock = HandClock()
        self.fate = Fate()
        with psycopg.connect(dsn, autocommit=True) as conn:
            self.ana, self.ben, self.admin = (_grant(conn, n) for n in ("ana", "ben", "root"))
        self.database: MortalDatabase | None = None
        self.build()
        where = self.catalogue.store(self.admin, "disk")
        self.space = self.hosting.spaces.new(
            self.admin, name=SPACE, where=where, owner=self.ana.user_id
        )
        self.fate.passed.clear()

    def build(self) -> None:
        """Everything that a process has in memory, anew; connections hold nothing of ours."""
        if self.database is None:
            self.database = MortalDatabase(self.dsn, self.fate)
            self.database.open()
        self.database.fate = self.fate
        self.catalogue = Catalogue(self.database, self.clock)
        self.catalogue.sync_stores([StoreInfo(0, "disk", str(self.root), "", ("*",), 50_000, 0)])

        def storages(_: int, folder: str) -> Storage:
            return MortalStorage(self.bytes_of(folder), self.fate)  # type: ignore[return-value]

        self.hosting = Hosting.on(self.database, self.clock, storages)
        self.desk = Desk(self.database, self.clock, self.hosting.spaces.storage)

    def bytes_of(self, folder: str) -> Storage:
        """What keeps the bytes of a space."""
        return PosixStorage(folder)

    def close(self) -> None:
        """Give the connections back."""
        if self.database is not None:
            self.database.close()

    # ------------------------------------------------------------------------------ what people do

    def put(
        self,
        path: str,
        data: bytes,
        *,
        who: Grant | None = None,
        known: bool = True,
        condition: Condition = ALWAYS,
        aside: bool = False,
    ) -> Entry:
        """One whole upload; `known` says its size before."""
        uploads = self.hosting.uploads
        expected = len(data) if known else None
        ticket = uploads.begin(
            who or self.ana, SPACE, path, bytes_=expected, condition=condition, aside=aside
        )
        try:
            sink = self.hosting.spaces.storage(ticket.space).receive(
                ticket.part, expected=expected
            )
            try:
                if not known:
                    uploads.more(ticket, len(data))
                    ticket = replace(ticket, held_bytes=len(data))
                sink.write(data)
                sink.finish(durable=True)
            finally:
                sink.close()
            made, _ = uploads.commit(
                ticket,
                size=len(data),
                adler32=zlib.adler32(data),
                sha256=hashlib.sha256(data).digest(),
                condition=condition,
            )
        except KilledError:
            raise
        except BaseException:
            uploads.abort(ticket)
            raise
        return made

    def aside(self, path: str, data: bytes, who: Grant | None = None) -> Entry:
        """An upload that replaces nothing."""
        return self.put(path, data, who=who, aside=True)

    def get(self, path: str, who: Grant | None = None) -> bytes:
        """The bytes of a file."""
        space, entry = self.hosting.files.look(who or self.ana, SPACE, path)
        with self.hosting.spaces.storage(space).open(path, entry) as file:
            data = b"".join(iter(lambda: file.read(2**20), b""))
        assert len(data) == entry.size
        return data

    def folder(self, path: str, who: Grant | None = None) -> Entry:
        return self.hosting.files.make_folder(who or self.ana, SPACE, path)

    def give(self, who: Grant, role: Role) -> None:
        self.hosting.spaces.give(self.ana, SPACE, f"user:{who.user_id}", role)

    def turn(self, **later: float) -> None:
        """Run all steps so much later."""
        self.clock.forward(**later)
        for _, run, _ in steps(self.desk):
            while run():
                pass

    # ------------------------------------------------------------------------------ looking at it

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(sql.encode()).fetchall()

    def disk(self) -> dict[str, bytes]:
        """Every visible file on the disk by its path in the space."""
        base = self.root / SPACE
        return {
            str(path.relative_to(base)): path.read_bytes()
            for path in sorted(base.rglob("*"))
            if path.is_file() and HIDDEN not in path.relative_to(base).parts
        }

    def parts(self) -> list[str]:
        return [path.name for path in (self.root / SPACE / HIDDEN / "parts").iterdir()]

    def tree(self, folder: str = "") -> dict[str, Entry]:
        """Every file that the catalogue knows, by its path."""
        _, top = self.hosting.files.look(self.admin, SPACE, folder)
        found: dict[str, Entry] = {}
        for entry in self.hosting.files.page(top, limit=10_000):
            path = f"{folder}/{entry.name}".lstrip("/")
            found |= self.tree(path) if entry.folder else {path: entry}
        return found

    def check(self) -> None:
        """The books: catalogue and disk agree, and what is charged is what is there."""
        known, there = self.tree(), self.disk()
        assert {path: e.size for path, e in known.items()} == {p: len(d) for p, d in there.items()}
        for path, entry in known.items():
            if entry.sha256 is not None:
                assert entry.sha256 == hashlib.sha256(there[path]).digest(), path
        held = self.rows("SELECT coalesce(sum(held_bytes), 0), count(*) FROM hosting_upload")[0]
        [[size, files]] = self.rows(
            "SELECT coalesce(sum(size), 0), count(*) FROM catalogue_entry WHERE kind = 1"
        )
        for row in self.rows("SELECT bytes, files, held_bytes, held_files FROM quotas_quota"):
            assert row == (size, files, *held)


def live(world: World, act: Callable[[World], object]) -> str:
    """Do an act; when it is cut short by death, do it again after a restart; where it died."""
    died = ""
    with suppress(KilledError):
        act(world)
        return died
    died = f"place {len(world.fate.passed)}: {world.fate.passed[-1]}"
    world.fate.place = 0
    world.build()
    world.turn(minutes=30)
    world.check()
    return died
