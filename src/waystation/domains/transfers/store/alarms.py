"""What a person should look at, told once when it begins and once when it is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from waystation.domains.transfers.states import ShipmentState
from waystation.kernel import outbox
from waystation.kernel.database import Connection, Statement, execute, rows
from waystation.kernel.waking import wake

TOPIC = "site.alarm"

# `about` is unique: a thing has one trouble of a kind at a time.
_SILENT = """
  SELECT 'partner ' || name AS about, 'silent' AS kind,
    'It has not answered since ' || to_char(coalesce(last_seen, created) AT TIME ZONE 'UTC',
      'YYYY-MM-DD HH24:MI') || ' UTC. ' || words AS words
  FROM transfers_partner
  WHERE enabled AND url <> '' AND coalesce(last_seen, created) < %(silent)s
"""

_STUCK = f"""
  SELECT 'shipment ' || s.id AS about, 'stuck' AS kind,
    CASE WHEN s.attention THEN '' ELSE 'It is under way for long. ' END || s.words AS words
  FROM transfers_shipment s
  WHERE s.due IS NOT NULL AND s.state <> {ShipmentState.CARRIED:d}
    AND (s.attention OR s.created < %(slow)s)
  ORDER BY s.id DESC LIMIT 200
"""

_RAISE = """
  INSERT INTO transfers_alarm AS a (about, kind, since, words)
  SELECT u.about, u.kind, %(now)s, u.words
  FROM unnest(%(abouts)s::text[], %(kinds)s::text[], %(words)s::text[]) AS u(about, kind, words)
  ON CONFLICT (about) DO UPDATE SET words = excluded.words, kind = excluded.kind
  RETURNING about, kind, words, (xmax = 0) AS new
"""

_OVER = """
  DELETE FROM transfers_alarm WHERE NOT about = ANY(%(abouts)s) RETURNING about, kind, words
"""

# Each administrator is told, by what he subscribed to.
_FACTS = """
  SELECT jsonb_build_object('owner_id', w.id, 'about', f.about, 'state', %(state)s::text,
    'kind', f.kind, 'words', f.words, 'at', %(now)s::timestamptz)
  FROM unnest(%(abouts)s::text[], %(kinds)s::text[], %(words)s::text[]) AS f(about, kind, words)
  CROSS JOIN accounts_user w WHERE w.is_superuser AND w.is_active
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person should look at.

    Attributes:
        about: which thing: `partner bee`, `shipment 7`, `damaged files`.
        kind: `silent`, `stuck` or `damage`.
        words: what is wrong.
    """

    about: str
    kind: str
    words: str


def now_wrong(conn: Connection, *, silent: datetime, slow: datetime) -> list[Trouble]:
    """Partners that did not answer since, shipments that wait for a person or since then."""
    found = [
        *rows(conn, Statement(_SILENT, {"silent": silent})),
        *rows(conn, Statement(_STUCK, {"slow": slow})),
    ]
    return [Trouble(str(r["about"]), str(r["kind"]), str(r["words"]).strip()) for r in found]


def write(conn: Connection, troubles: Sequence[Trouble], *, now: datetime) -> int:
    """These are all there are: what is new and what is over is told; how many that were."""
    params = {**_columns(troubles), "now": now}
    found = rows(conn, Statement(_RAISE, params)) if troubles else []
    new = [
        Trouble(str(r["about"]), str(r["kind"]), str(r["words"]))
        for r in found
        if r["new"] is True
    ]
    gone = rows(conn, Statement(_OVER, {"abouts": [each.about for each in troubles]}))
    over = [Trouble(str(r["about"]), str(r["kind"]), str(r["words"])) for r in gone]
    for state, some in (("raised", new), ("over", over)):
        if some:
            facts = {**_columns(some), "now": now, "state": state}
            outbox.post(conn, topic=TOPIC, facts=_FACTS, params=facts)
            wake(conn, "outbox")
    return len(new) + len(over)


def every() -> Statement:
    """All that is wrong now, the oldest first."""
    sql = "SELECT about, kind, since, words FROM transfers_alarm ORDER BY since, about LIMIT 200"
    return Statement(sql, {})


def drop(conn: Connection, about: str) -> None:
    """A thing is not there any more; nobody needs to hear of it."""
    execute(conn, "DELETE FROM transfers_alarm WHERE about = %(about)s", {"about": about})


def _columns(troubles: Sequence[Trouble]) -> dict[str, object]:
    return {
        "abouts": [each.about for each in troubles],
        "kinds": [each.kind for each in troubles],
        "words": [each.words for each in troubles],
    }
