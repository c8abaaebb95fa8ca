"""Reserve, settle, limit; in the transaction of whoever stores the bytes."""

from collections.abc import Sequence
from datetime import datetime

from waystation.domains.quotas import store
from waystation.domains.quotas.entities import Amount, Limits, Usage
from waystation.domains.quotas.errors import OverQuotaError
from waystation.kernel import trail
from waystation.kernel.database import Connection, Database, rows


def reserve(conn: Connection, subjects: Sequence[str], more: Amount, *, now: datetime) -> None:
    """Hold so much for all of them, exactly, however many do so at once.

    Raises:
        OverQuotaError: one of them may not have so much; the caller's transaction must end by it.
    """
    took = store.reserve(conn, subjects, more, now=now)
    full = [subject for subject in subjects if subject not in took]
    if not full:
        return
    known = [store.read(row) for row in rows(conn, store.usage(full))]
    words = next(filter(None, (usage.objection(more, now) for usage in known)), "")
    raise OverQuotaError(
        words or f"{full[0]} may not have so much.",
        advice="Delete something, or ask for a larger quota.",
        subject=full[0],
    )


def room(conn: Connection, subject: str) -> int | None:
    """Bytes that a subject may still have, beside what is reserved; None is no limit."""
    found = rows(conn, store.usage([subject]))
    if not found:
        return None
    usage = store.read(found[0])
    most = usage.limits.hard_bytes
    return None if most is None else most - usage.used.bytes - usage.held.bytes


class Quotas:
    """Limits and usage, for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def usage(self, subjects: Sequence[str]) -> dict[str, Usage]:
        """How these stand, by name; who never had anything stands at nothing."""
        found = [store.read(row) for row in self._database.rows(store.usage(subjects))]
        empty = {name: Usage(name, Amount(), Amount(), Limits()) for name in subjects}
        return empty | {each.subject: each for each in found}

    def limit(self, subject: str, limits: Limits, *, now: datetime) -> None:
        """Set limits. Who may do so is asked by the caller."""

        def work(conn: Connection) -> None:
            store.limit(conn, subject, limits, now=now)
            known = {name: getattr(limits, name) for name in Limits.__slots__}
            facts = {name: value for name, value in known.items() if value is not None}
            trail.record(conn, "quota.set", subject, now=now, **facts)

        self._database.run(work)
