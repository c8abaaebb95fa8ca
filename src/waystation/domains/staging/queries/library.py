"""Drives and queue of all tape systems, as one picture."""

from datetime import datetime, timedelta

from waystation.domains.staging.queries.cells import (
    maybe_moment,
    maybe_number,
    maybe_text,
    number,
    text,
)
from waystation.domains.staging.states import ListStage
from waystation.domains.staging.views import (
    BackendView,
    DriveView,
    LibraryView,
    Series,
    TapeView,
)
from waystation.kernel.database import Connection, Row, Statement, rows

_SILENT_AFTER = timedelta(minutes=1)
_MINUTES = 60

_SYSTEMS = "SELECT * FROM staging_tapesystem ORDER BY name"

_QUEUE = f"""
  SELECT coalesce(q.backend, l.backend) AS backend, coalesce(q.tape, l.tape) AS tape,
    coalesce(q.files, 0) + coalesce(l.files, 0) AS files,
    (coalesce(q.bytes, 0) + coalesce(l.bytes, 0))::bigint AS bytes,
    coalesce(q.oldest, l.created) AS oldest, coalesce(q.owners, 1) AS owners,
    l.why, l.files AS out, l.expected
  FROM (SELECT backend, tape, sum(files)::bigint AS files, sum(bytes)::bigint AS bytes,
               min(oldest) AS oldest, count(*) AS owners
        FROM staging_queue WHERE files > 0 GROUP BY backend, tape) q
  FULL JOIN (SELECT backend, tape, sum(files - n_online - n_failed)::bigint AS files,
                    sum(bytes)::bigint AS bytes, min(created) AS created, min(why) AS why,
                    min(created + predicted_s * interval '1 second') AS expected
             FROM staging_recalllist WHERE stage <> {ListStage.ENDED:d}
             GROUP BY backend, tape) l USING (backend, tape)
  ORDER BY l.files IS NULL, l.created, q.oldest LIMIT 200
"""

_SUMS = """
  SELECT coalesce(sum(files), 0)::bigint AS files, coalesce(sum(bytes), 0)::bigint AS bytes
  FROM staging_queue
"""

_MOUNTS = """
  SELECT floor(extract(epoch FROM created) / 60)::bigint AS minute, count(*) AS n
  FROM staging_recalllist WHERE created > %(since)s GROUP BY 1
"""

_BYTES = """
  SELECT floor(extract(epoch FROM at) / 60)::bigint AS minute, sum(bytes)::bigint AS n
  FROM staging_event WHERE kind = 'online' AND at > %(since)s GROUP BY 1
"""


def picture(conn: Connection, *, now: datetime) -> LibraryView:
    """Read all of it in one transaction."""
    since = now - timedelta(minutes=_MINUTES)
    systems = rows(conn, Statement(_SYSTEMS, {}))
    queue = rows(conn, Statement(_QUEUE, {}))
    sums = rows(conn, Statement(_SUMS, {}))[0]
    mounts = rows(conn, Statement(_MOUNTS, {"since": since}))
    series = _series(now, mounts, rows(conn, Statement(_BYTES, {"since": since})))
    left = {(text(q, "backend"), text(q, "tape")): maybe_number(q, "out") for q in queue}
    return LibraryView(
        backends=[_backend(row, now) for row in systems],
        drives=[drive for row in systems for drive in _drives(row, left)],
        tapes=[_tape(row) for row in queue],
        queued_files=number(sums, "files"),
        queued_bytes=number(sums, "bytes"),
        mounts_last_hour=sum(series.mounts),
        bytes_last_minute=sum(series.bytes[-2:-1]),
        series=series,
    )


def _backend(row: Row, now: datetime) -> BackendView:
    seen = maybe_moment(row, "seen")
    silent = seen is None or now - seen > _SILENT_AFTER
    message = text(row, "message")
    if silent:
        message = "No worker has looked at this tape system for over a minute."
    state = "unknown" if silent else "up" if row["up"] else "down"
    return BackendView(text(row, "name"), text(row, "kind"), state, text(row, "sees"), message)


def _drives(row: Row, left: dict[tuple[str, str], int | None]) -> list[DriveView]:
    found = row["drives"]
    backend = text(row, "name")
    return [
        DriveView(
            backend=backend,
            name=str(each["name"]),
            state=str(each["state"]),
            tape=maybe_text(each, "tape"),
            files_left=left.get((backend, str(each["tape"]))),
            since=datetime.fromisoformat(str(each["since"])),
        )
        for each in (found if isinstance(found, list) else [])
    ]


def _tape(row: Row) -> TapeView:
    reading = row["out"] is not None
    return TapeView(
        backend=text(row, "backend"),
        tape=text(row, "tape"),
        files=number(row, "files"),
        bytes=number(row, "bytes"),
        oldest=maybe_moment(row, "oldest"),
        owners=number(row, "owners"),
        state="reading" if reading else "queued",
        why=text(row, "why") if reading else "waits for a free drive",
        eta=maybe_moment(row, "expected"),
    )


def _series(now: datetime, mounts: list[Row], came: list[Row]) -> Series:
    """An hour by the minute; the last one is not over yet."""
    last = int(now.timestamp() // 60)
    minutes = range(last - _MINUTES + 1, last + 1)
    by_mounts = {number(row, "minute"): number(row, "n") for row in mounts}
    by_bytes = {number(row, "minute"): number(row, "n") for row in came}
    return Series(
        minute=[60 * m for m in minutes],
        mounts=[by_mounts.get(m, 0) for m in minutes],
        bytes=[by_bytes.get(m, 0) for m in minutes],
    )
