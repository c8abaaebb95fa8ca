"""Planning: each rule looks for files that a destination has not got, and makes shipments."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.entities import Root, RuleInfo
from waystation.domains.transfers.rules import opens
from waystation.domains.transfers.store import planning, rules
from waystation.domains.transfers.store.planning import Candidate, Looked
from waystation.kernel.database import Connection, Row
from waystation.kernel.errors import WaystationError

LATE = timedelta(minutes=1)
"""A file may become visible so long after the moment that is written in its entry."""
IDLE = timedelta(seconds=0.5)
UNREAD = timedelta(minutes=10)
FULL = timedelta(seconds=5)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LIMIT = 2**62
_MANY = 2**30
"""Transactions after which it is not asked any more which came first: a quarter of the round."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate with its two places."""

    file: Candidate
    places: tuple[str, str]


def plan(desk: Desk) -> int:
    """One destination of one rule looks; how many files it sends."""

    def work(conn: Connection) -> int:
        now = desk.now()
        row = rules.due(conn, now=now)
        return _Look(desk, conn, row, _rule(row), now).plan() if row is not None else 0

    return desk.database.run(work)


@dataclass(frozen=True, slots=True)
class _Look:
    """A destination that is looked at, in one transaction."""

    desk: Desk
    conn: Connection
    row: Row
    rule: RuleInfo
    now: datetime

    def plan(self) -> int:
        """Make shipments, and write down how far that came; how many files leave."""
        now, conn, number = self.now, self.conn, self._number("id")
        seen = self._seen()
        words, wait = self._hindrance()
        root: Root | None = None
        if not words:
            try:
                root = self.desk.harbour.root(self.rule.owner_id, self.rule.space)
            except WaystationError as problem:
                words, wait = problem.sentence, timedelta(minutes=1)
        if root is None:
            rules.looked(conn, number, due=now + wait, seen=seen, turned=None, words=words)
            return 0
        turned = self.row["turned"]
        late = not isinstance(turned, datetime) or turned + self.desk.policy.turn <= now
        begins = now if seen is None or late else None
        at = (_START, 0) if seen is None or begins is not None else seen
        before = self._looked() if begins is None else None
        old = now - timedelta(seconds=self.rule.min_age_s)
        cursor, sent, made = at, 0, 0
        while True:
            found, last, full = self._candidates(root, cursor, old, before)
            files, shipments, held = self._ship(list(found), made)
            sent, made = sent + files, made + shipments
            if held:
                # Those that leave are on their way then; the others are found again.
                rules.looked(conn, number, due=now + FULL, seen=at, turned=begins, words=held)
                return sent
            if last is None or not full:
                # The mark stays behind the last minute: what becomes visible there is found.
                newest = planning.newest(conn, root.store_id, old=old) or at
                at = max(at, min(newest, (now - LATE, 0)))
                all_ = Looked(old, self._number("ended_before"))
                rules.looked(conn, number, due=now + IDLE, seen=at, turned=begins, looked=all_)
                return sent
            if last[0] < now - LATE:
                rules.looked(conn, number, due=now, seen=last, turned=begins)
                return sent
            cursor = last

    def _hindrance(self) -> tuple[str, timedelta]:
        """Why nothing may leave now, and for how long; empty when it may."""
        if not self.row["enabled"]:
            return f"{self.row['partner']} is switched off.", FULL
        wait = opens(self.rule.windows, self.now.astimezone(self.desk.policy.zone))
        hours, minutes = divmod(int(wait.total_seconds()) // 60, 60)
        return (f"Its hours begin in {hours} h {minutes} min." if wait else ""), min(wait, FULL)

    def _candidates(
        self,
        root: Root,
        seen: tuple[datetime, int],
        old: datetime,
        looked: Looked | None,
    ) -> tuple[Iterator[_Found], tuple[datetime, int] | None, bool]:
        """Files that are to go to this destination, how far that looked, whether there is more."""
        partner, limit = self._number("partner_id"), self.desk.policy.look
        fresh = planning.fresh(
            self.conn,
            store=root.store_id,
            partner=partner,
            seen=seen,
            old=old,
            now=self.now,
            limit=limit,
            looked=looked,
        )
        known = {each.entry_id for each in fresh}
        late = planning.doubtful(
            self.conn, store=root.store_id, partner=partner, now=self.now, limit=limit
        )
        last = (fresh[-1].changed, fresh[-1].entry_id) if fresh else None
        mine = self._mine(root, [*fresh, *(e for e in late if e.entry_id not in known)])
        return mine, last, len(fresh) == limit

    def _mine(self, root: Root, files: Sequence[Candidate]) -> Iterator[_Found]:
        share = planning.Share(
            self._number("partner_id"), self._number("rank"), self._number("destinations")
        )
        unread = []
        for each, places in planning.mine(self.conn, root.entry_id, files, self.rule, share):
            if each.sha256 is None:
                unread.append(each.entry_id)
            else:
                yield _Found(each, places)
        later = self.now + UNREAD
        planning.unread(self.conn, self._number("partner_id"), unread, due=later)

    def _ship(self, found: Sequence[_Found], made: int) -> tuple[int, int, str]:
        """Make shipments of what was found.

        Args:
            found: files that are to go.
            made: shipments that this look has made before.

        Returns:
            How many files leave, in how many shipments, and what holds up the others.
        """
        policy, rule = self.desk.policy, self.rule
        day = self.now.astimezone(policy.zone).date()
        room, sent, before = policy.open - self._number("open") - made, 0, made
        left = _NO_LIMIT
        if rule.daily_bytes is not None:
            left = rule.daily_bytes - rules.spent(self.conn, rule.id, day)
        while sent < len(found):
            if room <= 0:
                return sent, made - before, "Its earlier shipments are still on their way."
            load = _load(
                found[sent : sent + policy.files], min(left, policy.bytes), left, rule.daily_bytes
            )
            if not load:
                return sent, made - before, self._spent(day)
            size = sum(each.file.size for each in load)
            self._make(load)
            self._spend(day, size)
            left, sent = left - size, sent + len(load)
            room, made = room - 1, made + 1
        return sent, made - before, ""

    def _spend(self, day: date, size: int) -> None:
        """Count bytes that leave; what is larger than a day's limit takes days to come, too."""
        most, rule = self.rule.daily_bytes, self.rule.id
        while most is not None and size > 0:
            room = max(0, most - rules.spent(self.conn, rule, day))
            rules.spend(self.conn, rule, day, min(size, room))
            size, day = size - min(size, room), day + timedelta(days=1)
        if most is None:
            rules.spend(self.conn, rule, day, size)

    def _spent(self, day: date) -> str:
        last = rules.spent_until(self.conn, self.rule.id)
        if last is not None and last > day:
            return f"A file larger than the daily limit has left: it counts until {last}."
        return "What may leave on one day has left."

    def _make(self, files: Sequence[_Found]) -> None:
        rule = self.rule
        planned = planning.Planned(
            key=secrets.token_hex(16),
            partner_id=self._number("partner_id"),
            rule_id=rule.id,
            space=rule.space,
            target_space=rule.target_space,
            priority=rule.priority,
            files=[each.file for each in files],
            places=[each.places for each in files],
        )
        planning.ship(self.conn, planned, now=self.now)

    def _seen(self) -> tuple[datetime, int] | None:
        seen = self.row["seen"]
        return (seen, self._number("seen_id")) if isinstance(seen, datetime) else None

    def _looked(self) -> Looked | None:
        """What was looked at behind the mark; None when that cannot be told from rows.

        Numbers of transactions go round, and another server has others.
        """
        until, horizon = self.row["until"], self.row["horizon"]
        if horizon is None or not isinstance(until, datetime) or not self.row["same_server"]:
            return None
        since = self._number("ended_before") - int(str(horizon))
        return Looked(until, int(str(horizon))) if 0 <= since < _MANY else None

    def _number(self, name: str) -> int:
        return int(str(self.row[name]))


def _load(found: Sequence[_Found], most: int, left: int, daily: int | None) -> Sequence[_Found]:
    """As many of the first files as have at most so many bytes; one larger file goes alone.

    Also one that is larger than what may leave on any day, when something may today.
    """
    size = 0
    for n, each in enumerate(found):
        size += each.file.size
        if size > most:
            alone = size <= left or (daily is not None and size > daily and left > 0)
            return found[:n] or (found[:1] if alone else ())
    return found


def _rule(row: Row) -> RuleInfo:
    return rules.read({**row, "id": row["rule_id"], "name": "", "partners": [], "enabled": True})
