"""What may not go: legal holds, and files that their space keeps for a while.

The one place where that is asked. Whoever takes a file away, replaces or moves it asks here in the
transaction that does so, whatever mouth the wish came by; nobody's role is looked at.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.errors import HeldError, KeptError
from waystation.kernel.database import Connection, Row, Statement, rows
from waystation.kernel.errors import WaystationError

_HOLDS = 0x484F4C44
"""Of advisory locks: those that go with this number are about the holds of a space."""

_RULES = """
  SELECT s.keep_days, EXISTS (SELECT 1 FROM hosting_hold h WHERE h.space_id = s.id) AS held
  FROM hosting_space s WHERE s.id = %(space)s
"""

# Up from each entry, out of the trash too, to what is held above it; and up from each hold, to the
# folders that have it inside.
_HELD = """
  WITH RECURSIVE up(start, id) AS (
    SELECT u.id, u.id FROM unnest(%(ids)s::bigint[]) AS u(id)
    UNION ALL
    SELECT u.start, CASE WHEN e.parent_id = 0 THEN t.parent_id ELSE e.parent_id END
    FROM up u JOIN catalogue_entry e ON e.id = u.id
    LEFT JOIN hosting_trashed t ON t.entry_id = e.id AND e.parent_id = 0
    WHERE e.parent_id <> 0 OR t.parent_id IS NOT NULL
  ), inside(hold, id) AS (
    SELECT h.id, h.entry_id FROM hosting_hold h WHERE h.space_id = ANY(%(spaces)s)
    UNION ALL
    SELECT i.hold, e.parent_id FROM inside i JOIN catalogue_entry e ON e.id = i.id
    WHERE e.parent_id <> 0
  ), held(start, hold) AS (
    SELECT u.start, h.id FROM up u JOIN hosting_hold h
      ON h.entry_id = u.id AND h.space_id = ANY(%(spaces)s)
    UNION
    SELECT i.id, i.hold FROM inside i WHERE i.id = ANY(%(ids)s)
  )
  SELECT x.start, min(h.at) AS at FROM held x JOIN hosting_hold h ON h.id = x.hold GROUP BY x.start
"""

# Ends at the first file that is found: it is not said which are all of them.
_KEPT = f"""
  WITH RECURSIVE below(id, kind, changed) AS (
    SELECT id, kind, changed FROM catalogue_entry WHERE id = %(id)s
    UNION ALL
    SELECT e.id, e.kind, e.changed FROM below b JOIN catalogue_entry e ON e.parent_id = b.id
    WHERE b.kind = {EntryKind.FOLDER:d}
  )
  SELECT changed FROM below WHERE kind = {EntryKind.FILE:d} AND changed > %(since)s LIMIT 1
"""


def refuse(
    conn: Connection, space: int, entry: Entry, *, now: datetime, moves: bool = False
) -> None:
    """Ask whether something may be deleted, replaced or moved; what is so stays so to the end.

    Args:
        conn: the transaction that does it.
        space: that it is in.
        entry: a file or folder, with all that is in it.
        now: when.
        moves: it gets another name or folder only; then how long it is kept is not asked.

    Raises:
        HeldError: it, something above it or something in it is held.
        KeptError: it, or a file in it, is kept for some days more.
    """
    rules = _rules(conn, space)
    if rules["held"] and (found := held(conn, [entry.id], [space])):
        raise _held(found[entry.id])
    days = int(str(rules["keep_days"]))
    if days and not moves:
        since = now - timedelta(days=days)
        young = rows(conn, Statement(_KEPT, {"id": entry.id, "since": since}))
        if young:
            raise _kept(young[0]["changed"], days)


def objections(
    conn: Connection, space: int, files: Sequence[Entry], *, now: datetime
) -> dict[int, WaystationError]:
    """Which of these files may not be deleted or replaced, and why: by entry; set-based."""
    if not files:
        return {}
    rules = _rules(conn, space)
    found: dict[int, WaystationError] = {}
    if days := int(str(rules["keep_days"])):
        since = now - timedelta(days=days)
        found = {f.id: _kept(f.changed, days) for f in files if f.changed > since}
    if rules["held"]:
        held_ = held(conn, [each.id for each in files], [space])
        found |= {number: _held(at) for number, at in held_.items()}
    return found


def held(conn: Connection, ids: Sequence[int], spaces: Sequence[int]) -> dict[int, datetime]:
    """Since when entries are held, or what is above or in them; those that are not are left out.

    Also of what is in the trash, by where it was.
    """
    params = {"ids": list(ids), "spaces": list(spaces)}
    found = {int(str(r["start"])): r["at"] for r in rows(conn, Statement(_HELD, params))}
    return {number: at for number, at in found.items() if isinstance(at, datetime)}


def alone(conn: Connection, space: int) -> None:
    """No file of the space goes while its rules are changed, until the transaction ends."""
    sql = "SELECT pg_advisory_xact_lock(%(class)s::int, %(space)s::int)"
    rows(conn, Statement(sql, {"class": _HOLDS, "space": space}))


def still(conn: Connection, space: int) -> None:
    """The space's rules stay as they are until the transaction ends."""
    sql = "SELECT pg_advisory_xact_lock_shared(%(class)s::int, %(space)s::int)"
    rows(conn, Statement(sql, {"class": _HOLDS, "space": space}))


def _rules(conn: Connection, space: int) -> Row:
    """The space's rules as they are now, which stay so until the transaction ends."""
    still(conn, space)
    # A statement of its own: it sees what was committed while that one waited.
    return rows(conn, Statement(_RULES, {"space": space}))[0]


def _held(at: datetime) -> HeldError:
    return HeldError(
        f"There is a legal hold on it since {at:%Y-%m-%d}: nothing of it may be deleted, "
        "replaced or moved.",
        advice="An administrator of the service can lift it; a manager of the space sees why.",
    )


def _kept(changed: object, days: int) -> KeptError:
    assert isinstance(changed, datetime)
    until = changed + timedelta(days=days)
    return KeptError(
        f"This space keeps files for {days:,} days after they were stored; until "
        f"{until:%Y-%m-%d %H:%M} UTC this may not be deleted or replaced.",
        advice="Put a new file beside it; or ask an owner of the space.",
    )
