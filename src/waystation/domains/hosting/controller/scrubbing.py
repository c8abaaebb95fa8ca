"""Scrubbing: every file is read again within a cycle, and compared with what we know of it.

Disks forget bits without saying so. A file that differs is read once more, past the cache, before
it is called damaged. Files that have no digest yet (adopted ones, those whose receiver died before
it could tell) are read first and get one: what is there then is what counts. Files on tape are
left to the tape system.

One row says how far the reading is. Killed anywhere, some files are read twice.
"""

import hashlib
import logging
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial

from waystation.domains.catalogue.door import Content, Entry, entries
from waystation.domains.hosting.controller.desk import Desk
from waystation.domains.hosting.entities import Space
from waystation.domains.hosting.errors import OnTapeError
from waystation.domains.hosting.ports import Found, Reader, Storage
from waystation.domains.hosting.store import scrubs
from waystation.domains.hosting.store import spaces as store
from waystation.domains.hosting.store.scrubs import Turn
from waystation.domains.quotas.door import Amount, count, subjects
from waystation.kernel.database import Connection, Statement
from waystation.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

BATCH = 200
CHUNK = 2**22
SLICE_S = 20.0
"""A batch ends after so long, so that what was read is written down."""
LEASE = timedelta(minutes=30)
"""A process that dies leaves the reading for so long; a larger file may then be read twice."""
REST = timedelta(minutes=1)
"""Between looks for files without a digest while a cycle rests."""


class Finding(Enum):
    """What reading a file came to."""

    GOOD = "good"
    NEW = "new"  # no digest was known, or others wrote to it: now it is
    DAMAGED = "damaged"
    AWAY = "away"  # on tape, not to be reached now, or gone meanwhile: nothing to say


@dataclass(frozen=True, slots=True)
class Look:
    """One file that was looked at.

    Attributes:
        entry: as the catalogue had it.
        space, path: where it is.
        finding: what it came to.
        bytes: that were read.
        content: as it is, of a NEW one.
        words: what is wrong with a DAMAGED one.
    """

    entry: Entry
    space: Space
    path: str
    finding: Finding
    bytes: int = 0
    content: Content | None = None
    words: str = ""


def scrub(desk: Desk) -> int:
    """Read some files and compare them; how many. Who is early rests until the cycle ends."""
    now = desk.clock.now()
    if not desk.care.bytes_per_s:
        return 0
    turn = desk.database.run(lambda conn: scrubs.take(conn, now=now, lease=now + LEASE))
    if turn is None:
        return 0
    if turn.over(now, desk.care.cycle):
        turn = Turn(now, turn.ended, 0, 0)
        desk.database.run(lambda conn: scrubs.begin(conn, now=now))
    if ids := _ids(desk, scrubs.suspects(limit=BATCH)):
        done = _look_at(desk, ids)
        looked = _write(desk, done, turn)
        desk.database.run(lambda conn: scrubs.acquit(conn, ids[: len(done)]))
        return looked
    if ids := _ids(desk, entries.unread(after=turn.unread, limit=BATCH)):
        done = _look_at(desk, ids)
        return _write(desk, done, replace(turn, unread=ids[len(done) - 1]))
    ids = _ids(desk, entries.files(after=turn.cursor, limit=BATCH)) if turn.running else []
    if ids:
        done = _look_at(desk, ids)
        return _write(desk, done, replace(turn, cursor=ids[len(done) - 1]))
    desk.database.run(lambda conn: scrubs.rest(conn, now=now, due=now + REST, ends=turn.running))
    return 0


def _ids(desk: Desk, found: Statement) -> list[int]:
    return [int(str(row["id"])) for row in desk.database.rows(found)]


def _look_at(desk: Desk, ids: list[int]) -> list[Look | None]:
    """Look at these in order, as many as fit in a slice; None for what is in no space."""
    if not ids:
        return []
    spaces = {s.root_id: s for s in map(store.read, desk.database.rows(store.every()))}
    places = {int(str(row["id"])): row for row in desk.database.rows(entries.places(ids))}
    began = desk.clock.now()
    done: list[Look | None] = []
    for number in ids:
        row = places.get(number)
        space = spaces.get(int(str(row["top"]))) if row is not None else None
        if row is None or space is None:
            done.append(None)
            continue
        done.append(_examine(desk, space, str(row["path"]), entries.read(row)))
        if (desk.clock.now() - began).total_seconds() > SLICE_S:
            break
    return done


def _examine(desk: Desk, space: Space, path: str, entry: Entry) -> Look:
    storage = desk.storage(space)
    try:
        with storage.open(path, entry) as file:
            content = _read(desk, file)
            seen = file.found
    except (OnTapeError, UnavailableError):
        return Look(entry, space, path, Finding.AWAY)
    except FileNotFoundError:
        return _judge_missing(desk, space, path, entry)
    except OSError as problem:
        words = f"It cannot be read: {problem.strerror}."
        return Look(entry, space, path, Finding.DAMAGED, words=words)
    again = partial(_again, desk, storage, path, entry)
    finding, words = _judge(entry, seen, content, again, storage)
    return Look(entry, space, path, finding, content.size, content, words)


def _judge(
    entry: Entry,
    seen: Found,
    content: Content,
    again: Callable[[], bytes | None],
    storage: Storage,
) -> tuple[Finding, str]:
    """What was read of a file, against what we know of it; `again` reads it once more."""
    if (seen.mtime_ns, seen.bytes) != (content.mtime_ns, content.size):
        return Finding.AWAY, ""  # somebody is writing to it
    ours = (content.mtime_ns, content.size) == (entry.mtime_ns, entry.size)
    ours = ours and (storage.nearline or content.inode == entry.inode)
    if storage.keys is not None and not ours:
        # Nobody writes there twice: it is no newer content.
        return Finding.DAMAGED, f"It has {content.size:,} bytes and should have {entry.size:,}."
    if entry.sha256 is None or not ours:
        return Finding.NEW, ""
    if entry.sha256 == content.sha256 or entry.sha256 == again():
        return Finding.GOOD, ""
    assert content.sha256 is not None
    words = f"Its sha256 is {content.sha256.hex()} and should be {entry.sha256.hex()}."
    return Finding.DAMAGED, words


def _judge_missing(desk: Desk, space: Space, path: str, entry: Entry) -> Look:
    """Not on disk: damage, unless it was moved or deleted while we looked."""
    now_at = desk.database.rows(entries.places([entry.id]))
    if now_at and (str(now_at[0]["path"]), now_at[0]["top"]) == (path, space.root_id):
        words = "It is not on the disk any more."
        return Look(entry, space, path, Finding.DAMAGED, words=words)
    return Look(entry, space, path, Finding.AWAY)


def _read(desk: Desk, file: Reader) -> Content:
    """All of a file at the pace that is allowed, without pushing others out of the cache."""
    sha256, adler32, size = hashlib.sha256(), 1, 0
    while data := file.read(CHUNK):
        sha256.update(data)
        adler32 = zlib.adler32(data, adler32)
        file.forget()
        size += len(data)
        desk.pause(len(data) / desk.care.bytes_per_s)
    now = file.look()
    mtime = datetime.fromtimestamp(now.mtime_ns / 1e9, UTC)
    return Content(size, adler32, sha256.digest(), mtime, now.inode, now.mtime_ns)


def _again(desk: Desk, storage: Storage, path: str, entry: Entry) -> bytes | None:
    """The digest from the disk itself: the first reading was perhaps of a damaged cache."""
    with suppress(OSError, OnTapeError, UnavailableError), storage.open(path, entry) as file:
        file.forget()
        return _read(desk, file).sha256
    return None


def _write(desk: Desk, done: list[Look | None], turn: Turn) -> int:
    """Write down what was found and how far it came; how many files were looked at."""
    now = desk.clock.now()
    looks = [look for look in done if look is not None]

    def work(conn: Connection) -> None:
        for look in looks:
            if look.finding is Finding.NEW and look.content is not None:
                _take_over(conn, look, look.content, now)
            elif look.finding is Finding.DAMAGED:
                _tell(conn, look, now)
        scrubs.mended(
            conn, [e.entry.id for e in looks if e.finding in {Finding.GOOD, Finding.NEW}]
        )
        scrubs.go_on(
            conn,
            cursor=turn.cursor,
            unread=turn.unread,
            files=sum(look.finding is not Finding.AWAY for look in looks),
            bytes_=sum(look.bytes for look in looks),
            due=now,
        )

    desk.database.run(work)
    return len(done)


def _take_over(conn: Connection, look: Look, content: Content, now: datetime) -> None:
    """Know the file as it is, unless somebody has stored another one meanwhile."""
    if not entries.digested(conn, look.entry, content):
        return
    more = content.size - look.entry.size
    if more:
        charged = subjects(space=look.space.id, user=look.space.owner_id)
        count(conn, charged, Amount(more, 0), now=now)


def _tell(conn: Connection, look: Look, now: datetime) -> None:
    log.error("damaged: %s of the space %s: %s", look.path, look.space.name, look.words)
    scrubs.note(
        conn,
        entry=look.entry.id,
        version=look.entry.version,
        space=look.space.id,
        path=look.path,
        words=look.words,
        now=now,
    )
