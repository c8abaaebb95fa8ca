"""Shedding: files that enough partners have go from here, when their rule says so.

A copy counts when its partner said within the last hour that it has just this content, whole as
far as it knows. Partners are asked in sets before files go; whether they may is decided by one
statement, in the transaction in which they go to the trash.
"""

import functools
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.watching import CHUNK, ask
from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.errors import PartnerError
from waystation.domains.transfers.store import rules, shedding
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import WaystationError

REST, LATER = timedelta(hours=1), timedelta(minutes=5)
"""Between two walks of a rule, and after a look that something held up."""
_START = datetime(1970, 1, 1, tzinfo=UTC)


def shed(desk: Desk) -> int:
    """One rule takes away some files that others have; how many it looked at."""
    now = desk.now()
    row = desk.database.run(
        lambda conn: shedding.due(conn, now=now, until=now + desk.policy.lease)
    )
    if row is None:
        return 0
    rule, number = rules.read(row), int(str(row["id"]))
    assert rule.delete_after_s is not None
    before = now - timedelta(seconds=rule.delete_after_s)
    seen, words = row["shed_seen"], ""
    at = (seen, int(str(row["shed_id"]))) if isinstance(seen, datetime) else (_START, 0)
    found: list[Row] = []
    try:
        root = desk.harbour.root(rule.owner_id, rule.space)
        limit = desk.policy.look
        found = desk.database.rows(
            shedding.old(store=root.store_id, seen=at, before=before, limit=limit)
        )
        words = _shed(desk, rule, mine(desk, rule, root.entry_id, found), before)
    except WaystationError as problem:
        words = problem.sentence
    last = _last(found)
    due = now + (LATER if words else REST if last is None else timedelta())
    write = functools.partial(shedding.looked, rule=number, seen=last, due=due, words=words)
    desk.database.run(write)
    return len(found)


def mine(desk: Desk, rule: RuleInfo, root: int, found: Sequence[Row]) -> list[Row]:
    """Those of these files that are the rule's and have enough copies, as far as we know."""
    known = [row for row in found if int(str(row["copies"])) >= rule.copies]
    return desk.database.run(lambda conn: shedding.of_rule(conn, rule, root, known))


def _shed(desk: Desk, rule: RuleInfo, found: Sequence[Row], before: datetime) -> str:
    """Take them away; words about what holds that up."""
    ids = [int(str(row["id"])) for row in found]
    if not ids:
        return ""
    words = _ask(desk, ids)
    since = desk.now() - desk.policy.fresh
    still = functools.partial(_still, rule=rule, since=since, before=before)
    gone = desk.harbour.shed(rule.owner_id, rule.space, ids, still)
    if gone:
        desk.database.run(lambda conn: shedding.told(conn, rule.id, gone))
    return words


def _still(
    conn: object, ids: Sequence[int], *, rule: RuleInfo, since: datetime, before: datetime
) -> set[int]:
    """The port's words know no database: what we get is the transaction all the same."""
    return shedding.may(cast("Connection", conn), rule, ids, since=since, before=before)


def _ask(desk: Desk, ids: Sequence[int]) -> str:
    """Have partners say that they have copies of these; words about those that do not answer."""
    since, known, silent = desk.now() - desk.policy.fresh, desk.partners(), []
    stale = desk.database.rows(shedding.stale(ids, since=since))
    for number, group in itertools.groupby(stale, lambda row: int(str(row["partner_id"]))):
        copies = list(group)
        try:
            for start in range(0, len(copies), CHUNK):
                ask(desk, known[number], copies[start : start + CHUNK])
        except PartnerError as problem:
            silent.append(problem.sentence)
    return " ".join(silent)


def _last(found: Sequence[Row]) -> tuple[datetime, int] | None:
    if not found:
        return None
    changed = found[-1]["changed"]
    assert isinstance(changed, datetime)
    return changed, int(str(found[-1]["id"]))
