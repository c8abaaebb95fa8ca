"""The trail of who did what: written in the transaction in which it was done.

Any subject leaves an entry; `audit` seals them into a chain, shows and keeps them. What was rolled
back was never done and leaves none.
"""

from datetime import datetime

from psycopg.types.json import Jsonb

from waystation.kernel import tracing
from waystation.kernel.database import Connection, execute
from waystation.kernel.errors import Fact
from waystation.kernel.tracing import Actor

TABLE = "audit_entry"
DONE, REFUSED = "done", "refused"
_LONGEST = 2_000


_ADD = f"""
  INSERT INTO {TABLE} (at, actor_id, actor, via, address, act, thing, outcome, request_id, facts)
  VALUES (%(at)s, %(actor_id)s, %(actor)s, %(via)s, %(address)s, %(act)s, %(thing)s, %(outcome)s,
    %(request_id)s, %(facts)s)
"""


def record(
    conn: Connection,
    act: str,
    thing: str,
    *,
    now: datetime,
    by: Actor | None = None,
    outcome: str = DONE,
    **facts: Fact,
) -> None:
    """Leave an entry.

    Args:
        conn: the transaction in which it is done.
        act: what, e.g. `file.put`; documented in docs/how-to/audit.md.
        thing: on which, e.g. `lab/run1/a.fits`.
        now: when.
        by: who; None is whoever this request or command is of.
        outcome: `done` or `refused`.
        facts: more of it, for programs; never a secret.
    """
    who = by or tracing.actor.get()
    params = {
        "at": now,
        "actor_id": who.user_id,
        "actor": _text(who.name, 200),
        "via": _text(who.via),
        "address": tracing.address.get(),
        "act": act,
        "thing": _text(thing),
        "outcome": outcome,
        "request_id": tracing.request_id.get(),
        "facts": Jsonb(facts),
    }
    execute(conn, _ADD, params)


def _text(value: str, longest: int = _LONGEST) -> str:
    """Text that the table can hold, whatever somebody sent."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:longest]
