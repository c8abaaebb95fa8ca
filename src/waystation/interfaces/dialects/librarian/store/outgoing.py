"""Files on their way to other librarians: our numbers of them, theirs, how they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.interfaces.dialects.librarian.translate import Status
from waystation.kernel.database import Connection, Row, Statement, execute, rows

_COLUMNS = "id, partner_id, key, n, name, status, remote_id, place, store_id"

_OPEN = f"""
  WITH made AS (
    INSERT INTO librarian_outgoing (partner_id, key, n, name, status, created)
    SELECT %(partner)s, %(key)s, u.n, u.name, {Status.INITIATED:d}, %(now)s
    FROM unnest(%(numbers)s::int[], %(names)s::text[]) AS u(n, name)
    ON CONFLICT (partner_id, key, n) DO NOTHING)
  SELECT 1
"""

_PLACED = f"""
  UPDATE librarian_outgoing o SET remote_id = u.remote_id, place = u.place,
    status = {Status.ONGOING:d}
  FROM unnest(%(ids)s::int[], %(remotes)s::bigint[], %(places)s::text[])
    AS u(id, remote_id, place)
  WHERE o.id = u.id
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file on its way, as its row has it; see `models.Outgoing`."""

    id: int
    partner_id: int
    key: str
    n: int
    name: str
    status: Status
    remote_id: int | None
    place: str
    store_id: int | None


def read(row: Row) -> Outgoing:
    """From its row."""
    known = {name: row[name] for name in Outgoing.__slots__}
    return Outgoing(**{**known, "status": Status(int(str(row["status"])))})  # type: ignore[arg-type]


def open_(
    conn: Connection, partner: int, key: str, files: Mapping[int, str], *, now: datetime
) -> list[Outgoing]:
    """Give numbers to the files of a shipment; those that have some keep them."""
    params = {"partner": partner, "key": key, "now": now}
    more = {"numbers": list(files), "names": list(files.values())}
    execute(conn, _OPEN, {**params, **more})
    return of_shipments(conn, partner, [key])


def of_shipments(conn: Connection, partner: int, keys: Sequence[str]) -> list[Outgoing]:
    """Files of shipments, by shipment and number."""
    sql = f"""
      SELECT {_COLUMNS} FROM librarian_outgoing
      WHERE partner_id = %(partner)s AND key = ANY(%(keys)s) ORDER BY key, n
    """
    found = rows(conn, Statement(sql, {"partner": partner, "keys": list(keys)}))
    return [read(row) for row in found]


def numbered(conn: Connection, ids: Collection[int]) -> dict[int, Outgoing]:
    """Files by our numbers, locked."""
    sql = f"SELECT {_COLUMNS} FROM librarian_outgoing WHERE id = ANY(%(ids)s) FOR UPDATE"
    found = [read(row) for row in rows(conn, Statement(sql, {"ids": sorted(ids)}))]
    return {each.id: each for each in found}


def under_way(conn: Connection, partner: int, names: Sequence[str]) -> list[Outgoing]:
    """What else was announced to a partner under these names, and has not ended as we know."""
    sql = f"""
      SELECT {_COLUMNS} FROM librarian_outgoing
      WHERE partner_id = %(partner)s AND name = ANY(%(names)s) AND remote_id IS NOT NULL
        AND status IN ({Status.INITIATED:d}, {Status.ONGOING:d}, {Status.STAGED:d})
    """
    found = rows(conn, Statement(sql, {"partner": partner, "names": list(names)}))
    return [read(row) for row in found]


def coming(conn: Connection, partner: int, names: Sequence[str]) -> dict[str, int]:
    """Our numbers of files that are on their way to a partner, by name."""
    sql = f"""
      SELECT name, max(id) AS id FROM librarian_outgoing
      WHERE partner_id = %(partner)s AND name = ANY(%(names)s)
        AND status IN ({Status.INITIATED:d}, {Status.ONGOING:d}, {Status.STAGED:d})
      GROUP BY name
    """
    found = rows(conn, Statement(sql, {"partner": partner, "names": list(names)}))
    return {str(row["name"]): int(str(row["id"])) for row in found}


def placed(conn: Connection, places: Mapping[int, tuple[int, str]]) -> None:
    """The partner has made room: our number -> its number, and where to put the file."""
    params = {
        "ids": list(places),
        "remotes": [remote for remote, _ in places.values()],
        "places": [place for _, place in places.values()],
    }
    execute(conn, _PLACED, params)


def stand(conn: Connection, statuses: Mapping[int, int], *, store: int | None = None) -> None:
    """What the partner says of files, by our numbers; what ended stays so."""
    sql = f"""
      UPDATE librarian_outgoing o SET status = u.status,
        store_id = coalesce(%(store)s, o.store_id)
      FROM unnest(%(ids)s::int[], %(statuses)s::int[]) AS u(id, status)
      WHERE o.id = u.id AND o.status <> {Status.COMPLETED:d}
    """
    if statuses:
        params = {"ids": list(statuses), "statuses": [int(each) for each in statuses.values()]}
        execute(conn, sql, {**params, "store": store})


def forget(conn: Connection, *, before: datetime) -> int:
    """Rows of files that ended long ago go; how many."""
    sql = f"""
      DELETE FROM librarian_outgoing WHERE created < %(before)s
        AND status >= {Status.COMPLETED:d}
    """
    return execute(conn, sql, {"before": before})
