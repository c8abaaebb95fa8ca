"""What can be seen of the trail."""

from waystation.domains.audit.entities import Wanted
from waystation.domains.audit.store import COLUMNS
from waystation.kernel.database import Statement

LIKE_SPECIAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def page(
    wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int
) -> Statement:
    """Entries: newest first from before an id on, or oldest first from behind one."""
    conditions, params = _conditions(wanted)
    if before is not None:
        conditions.append("id < %(before)s")
    if after is not None:
        conditions.append("id > %(after)s")
    where = " AND ".join(conditions) or "true"
    order = "ASC" if after is not None else "DESC"
    sql = f"SELECT {COLUMNS} FROM audit_entry WHERE {where} ORDER BY id {order} LIMIT %(limit)s"
    return Statement(sql, {**params, "before": before, "after": after, "limit": limit})


def chain(after: int, *, limit: int) -> Statement:
    """Sealed entries in their order."""
    sql = f"""
      SELECT {COLUMNS} FROM audit_entry WHERE n > %(after)s ORDER BY n LIMIT %(limit)s
    """
    return Statement(sql, {"after": after, "limit": limit})


def last_cut() -> Statement:
    """Where the chain that is kept begins."""
    return Statement("SELECT n, seal FROM audit_cut ORDER BY n DESC LIMIT 1", {})


def waiting() -> Statement:
    """How many entries have no seal yet."""
    return Statement("SELECT count(*) AS loose FROM audit_entry WHERE n IS NULL", {})


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    rows = (
        (wanted.actor, "actor = %(actor)s"),
        (wanted.act, "(act = %(act)s OR act LIKE %(family)s)"),
        (wanted.thing, "thing ILIKE %(thing)s"),
        (wanted.outcome, "outcome = %(outcome)s"),
        (wanted.since, "at >= %(since)s"),
        (wanted.until, "at < %(until)s"),
    )
    params: dict[str, object] = {
        "actor": wanted.actor,
        "act": wanted.act,
        "family": f"{wanted.act.translate(LIKE_SPECIAL)}.%",
        "thing": f"%{wanted.thing.translate(LIKE_SPECIAL)}%",
        "outcome": wanted.outcome,
        "since": wanted.since,
        "until": wanted.until,
    }
    return [sql for value, sql in rows if value], params
