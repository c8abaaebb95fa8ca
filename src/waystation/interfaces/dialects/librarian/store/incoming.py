"""Uploads on their way: staged, committed by one at a time, given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection, Row, Statement, execute, rows

COLUMNS = """id, status, user_id, name, upload_name, folder, size, checksum, part,
  deletion_policy, due, begun, uploader, source, source_transfer_id, partner_id, created"""
OPEN = f"({Status.INITIATED:d}, {Status.ONGOING:d}, {Status.STAGED:d})"

_ADD = f"""
  INSERT INTO librarian_incoming (status, user_id, name, upload_name, folder, size, checksum,
    part, created, due, uploader, source, source_transfer_id, partner_id, call_due)
  VALUES ({Status.INITIATED:d}, %(user)s, %(name)s, %(upload_name)s, %(folder)s, %(size)s,
    %(checksum)s, %(part)s, %(now)s, %(due)s, %(uploader)s, %(source)s, %(source_transfer_id)s,
    %(partner_id)s, %(call_due)s)
  RETURNING {COLUMNS}
"""

# Whoever has it has it until then; a committer that died gives it back. What it was is told.
_CLAIM = f"""
  WITH old AS (
    SELECT id AS old_id, begun AS old_begun FROM librarian_incoming
    WHERE id = %(id)s AND (%(user)s::int IS NULL OR user_id = %(user)s)
      AND (status = {Status.INITIATED:d}
      OR status = {Status.STAGED:d} AND due <= %(now)s) FOR UPDATE)
  UPDATE librarian_incoming i SET status = {Status.STAGED:d}, due = %(until)s, begun = true,
    deletion_policy = coalesce(%(policy)s, deletion_policy)
  FROM old WHERE i.id = old.old_id RETURNING {COLUMNS}, old_begun,
    set_config('synchronous_commit', 'off', true)
"""

_DUE = f"""
  SELECT {COLUMNS} FROM librarian_incoming WHERE due <= %(now)s
    AND status IN {OPEN} ORDER BY due LIMIT %(limit)s
"""

# A retry of the same account for the same bytes under the same name: the first try is over. So is
# a commit of the name that was cut, whoever's: the name is free again.
_EARLIER = f"""
    SELECT id AS old_id, begun AS old_begun FROM librarian_incoming
    WHERE name = %(name)s AND (
      status = {Status.INITIATED:d} AND checksum = %(checksum)s AND user_id = %(user)s
      OR status = {Status.STAGED:d} AND begun AND due <= %(now)s)
"""
_SUPERSEDE = f"""
  WITH old AS ({_EARLIER} FOR UPDATE)
  UPDATE librarian_incoming i SET status = {Status.FAILED:d}, due = %(forget)s
  FROM old WHERE i.id = old.old_id RETURNING {COLUMNS}, old_begun
"""

_WAY = f"""
  SELECT coalesce((SELECT enabled FROM librarian_shelf WHERE space_id = %(space)s), true) AS takes,
    EXISTS (SELECT 1 FROM librarian_file WHERE name = %(name)s) AS taken,
    EXISTS ({_EARLIER}) AS tried
"""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose file it is, when another librarian sends it.

    Attributes:
        uploader: of the file there.
        source: the librarian that has it.
        source_transfer_id: its number of this transfer.
        partner_id: who is told how it ended; None of one that we do not know.
    """

    uploader: str
    source: str
    source_transfer_id: int
    partner_id: int | None


@dataclass(frozen=True, slots=True)
class New:
    """An upload that is announced.

    Attributes:
        name: that the file will have.
        upload_name: that it has in its folder.
        size, checksum: of it, as announced.
        sender: of a file that another librarian sends.
        call_due: it is called then, if it is a partner.
    """

    name: str
    upload_name: str
    size: int
    checksum: str
    sender: Sender | None = None
    call_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload, as its row has it.

    Attributes:
        id: the wire's transfer id.
        status: of it.
        user_id: whose it is.
        name: that the file will have.
        upload_name: that it has in the folder.
        folder: of its own, in the staging area.
        size, checksum: as announced.
        part: in hosting, holds its room.
        deletion_policy: 0 or 1.
        due, begun, uploader, source, source_transfer_id, partner_id: see `models.Incoming`.
        created: when it was staged.
    """

    id: int
    status: Status
    user_id: int
    name: str
    upload_name: str
    folder: str
    size: int
    checksum: str
    part: str
    deletion_policy: int
    due: datetime
    begun: bool
    uploader: str
    source: str
    source_transfer_id: int | None
    partner_id: int | None
    created: datetime


def read(row: Row) -> Upload:
    """From its row."""
    known = {name: row[name] for name in Upload.__slots__}
    return Upload(**{**known, "status": Status(int(str(row["status"])))})  # type: ignore[arg-type]


def add(
    conn: Connection,
    new: New,
    *,
    user: int,
    folder: str,
    part: str,
    now: datetime,
    due: datetime,
) -> Upload:
    """Write an upload down.

    Args:
        conn: a transaction.
        new: what comes.
        user: whose it is.
        folder: of its own, in the staging area.
        part: holds its room.
        now: the moment.
        due: it is given up then.
    """
    params = {"user": user, "name": new.name, "upload_name": new.upload_name, "folder": folder}
    more = {"size": new.size, "checksum": new.checksum, "part": part, "now": now, "due": due}
    from_ = {name: getattr(new.sender, name, None) for name in Sender.__slots__}
    names = {"uploader": from_["uploader"] or "", "source": from_["source"] or ""}
    from_ |= {**names, "call_due": new.call_due if from_["partner_id"] is not None else None}
    return read(rows(conn, Statement(_ADD, {**params, **more, **from_}))[0])


def one(number: int) -> Statement:
    """An upload."""
    sql = f"SELECT {COLUMNS} FROM librarian_incoming WHERE id = %(id)s"
    return Statement(sql, {"id": number})


def claim(
    conn: Connection,
    number: int,
    *,
    user: int | None,
    policy: int | None,
    now: datetime,
    until: datetime,
) -> tuple[Upload, bool] | None:
    """Have it for oneself until then, to commit it; None when somebody else has it.

    Also told is whether somebody had begun to commit it before, and died. The transaction does not
    wait for the disk, see `quickly`.

    Args:
        conn: a transaction.
        number: of it.
        user: whose it must be; None: whoever's.
        policy: of its deletion; None: as it was said before.
        now: the moment.
        until: it is ours.
    """
    params = {"id": number, "user": user, "policy": policy, "now": now, "until": until}
    found = rows(conn, Statement(_CLAIM, params))
    return (read(found[0]), bool(found[0]["old_begun"])) if found else None


def renew(conn: Connection, number: int, *, until: datetime) -> None:
    """Still at it."""
    execute(
        conn,
        "UPDATE librarian_incoming SET due = %(until)s WHERE id = %(id)s",
        {"id": number, "until": until},
    )


def way(*, space: int, user: int, name: str, checksum: str, now: datetime) -> Statement:
    """What stands in the way of an upload: nothing is taken, its name is, it was tried before."""
    params = {"space": space, "user": user, "name": name, "checksum": checksum, "now": now}
    return Statement(_WAY, params)


def supersede(
    conn: Connection, *, user: int, name: str, checksum: str, now: datetime, forget: datetime
) -> list[tuple[Upload, bool]]:
    """End earlier tries of the same upload; those, and whether a commit had begun."""
    params = {"user": user, "name": name, "checksum": checksum, "now": now, "forget": forget}
    found = rows(conn, Statement(_SUPERSEDE, params))
    return [(read(row), bool(row["old_begun"])) for row in found]


def due(*, now: datetime, limit: int) -> Statement:
    """Commits whose committer died, uploads that nobody commits."""
    return Statement(_DUE, {"now": now, "limit": limit})


def waited_for(folders: Sequence[str]) -> Statement:
    """Which of these directories are of uploads that are not over."""
    sql = f"""
      SELECT folder FROM librarian_incoming WHERE folder = ANY(%(folders)s)
        AND status IN {OPEN}
    """
    return Statement(sql, {"folders": list(folders)})


def forget(conn: Connection, *, now: datetime) -> int:
    """Rows of uploads that were over long ago go; how many."""
    sql = f"""
      DELETE FROM librarian_incoming WHERE due <= %(now)s AND call_due IS NULL
        AND status NOT IN {OPEN}
    """
    return execute(conn, sql, {"now": now})


def quickly(conn: Connection) -> None:
    """Do not wait for the disk: whatever is durable later finds this durable too."""
    execute(conn, "SET LOCAL synchronous_commit = off", {})
