"""What a rule would send, how long that takes, and what it would take away; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from waystation.domains.transfers.entities import Root, RuleInfo
from waystation.domains.transfers.ports import Harbour
from waystation.domains.transfers.rules import Policy, lasts
from waystation.domains.transfers.store import looks, planning, shedding
from waystation.domains.transfers.views import EstimateView, PartView, ShedView
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row

PAGES = 40
"""Looks of `Policy.look` files; what is behind them is not counted."""
_START = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400


@dataclass(slots=True)
class _Sum:
    """Files that a partner is to get."""

    files: int = 0
    bytes: int = 0
    largest: int = 0
    unread: int = 0


@dataclass(slots=True)
class _Shed:
    """Files that are to go from here, and those that are not yet."""

    files: int = 0
    bytes: int = 0
    young: int = 0
    few: int = 0
    leaving: int = 0

    def add(self, rule: RuleInfo, found: Sequence[Row], before: datetime) -> None:
        """Count more files of the rule; those that changed later than that are young."""
        for row in found:
            if cast("datetime", row["changed"]) > before:
                self.young += 1
            elif int(str(row["copies"])) < rule.copies:
                self.few += 1
            elif row["leaving"]:
                self.leaving += 1
            else:
                self.files += 1
                self.bytes += int(str(row["size"]))

    def view(self, rule: RuleInfo) -> ShedView:
        """For people too."""
        days = (rule.delete_after_s or 0) / _DAY_S
        now = f"{self.files:,} files of {self.bytes:,} bytes would go from here now"
        asked = "partners are asked for them once more before, and what is held or kept stays"
        words = [f"{now}; {asked}."]
        if self.young:
            words.append(f"{self.young:,} changed within the last {days:g} days.")
        if self.few:
            known = f"too few copies are known elsewhere ({rule.copies:,} are wanted)"
            words.append(f"{self.few:,} stay: {known}.")
        if self.leaving:
            words.append(f"{self.leaving:,} stay while they are on their way.")
        return ShedView(
            self.files, self.bytes, self.young, self.few, self.leaving, " ".join(words)
        )


@dataclass(frozen=True, slots=True)
class Estimating:
    """Looks at files as a rule does."""

    database: Database
    clock: Clock
    harbour: Harbour
    policy: Policy

    def estimate(self, rule: RuleInfo, partners: Sequence[tuple[str, int]]) -> EstimateView:
        """What it would send to these partners: (name, id), in the rule's order.

        Raises:
            NotFoundError, ForbiddenError: its owner may not read its space.
        """
        root, now = self.harbour.root(rule.owner_id, rule.space), self.clock.now()
        parts, complete = [], True
        for rank, (name, number) in enumerate(partners):
            known = planning.Share(number, rank, len(partners))

            def count(conn: Connection, share: planning.Share = known) -> tuple[_Sum, bool]:
                return self._count(conn, rule, (root.store_id, root.entry_id), share, now)

            found, whole = self.database.run(count)
            complete = complete and whole
            parts.append(self._part(rule, name, number, found))
        shed, whole = self._shed(rule, root)
        return EstimateView(
            rule=rule.name,
            files=sum(part.files for part in parts),
            bytes=sum(part.bytes for part in parts),
            complete=complete and whole,
            parts=parts,
            shed=shed,
        )

    def _shed(self, rule: RuleInfo, root: Root) -> tuple[ShedView | None, bool]:
        """What it would take away now, and whether all was looked at."""
        if rule.delete_after_s is None:
            return None, True
        now = self.clock.now()
        before = now - timedelta(seconds=rule.delete_after_s)
        seen, total = (_START, 0), _Shed()
        for _ in range(PAGES):
            found = self.database.rows(
                shedding.old(store=root.store_id, seen=seen, before=now, limit=self.policy.look)
            )
            total.add(rule, self._of_rule(rule, root, found), before)
            if len(found) < self.policy.look:
                return total.view(rule), True
            seen = cast("datetime", found[-1]["changed"]), int(str(found[-1]["id"]))
        return total.view(rule), False

    def _of_rule(self, rule: RuleInfo, root: Root, found: Sequence[Row]) -> list[Row]:
        return self.database.run(lambda conn: shedding.of_rule(conn, rule, root.entry_id, found))

    def _count(
        self,
        conn: Connection,
        rule: RuleInfo,
        root: tuple[int, int],
        share: planning.Share,
        now: datetime,
    ) -> tuple[_Sum, bool]:
        seen, total = (_START, 0), _Sum()
        for _ in range(PAGES):
            fresh = planning.fresh(
                conn,
                store=root[0],
                partner=share.partner_id,
                seen=seen,
                old=now - timedelta(seconds=rule.min_age_s),
                now=now,
                limit=self.policy.look,
            )
            if not fresh:
                return total, True
            seen = fresh[-1].changed, fresh[-1].entry_id
            for each, _ in planning.mine(conn, root[1], fresh, rule, share):
                total.files += 1
                total.bytes += each.size
                total.largest = max(total.largest, each.size)
                total.unread += each.sha256 is None
        return total, False

    def _part(self, rule: RuleInfo, name: str, number: int, found: _Sum) -> PartView:
        rows = self.database.rows(looks.rate(number))
        rate = float(str(rows[0]["rate"])) if rows and rows[0]["rate"] is not None else None
        takes = lasts(found.bytes, rate=rate, windows=rule.windows, daily=rule.daily_bytes)
        words = []
        if rate is None and found.bytes:
            words.append("Nothing went there yet: only its daily limit is counted.")
        if rule.daily_bytes is not None and found.largest > rule.daily_bytes:
            days = -(-found.largest // rule.daily_bytes)
            words.append(
                f"One file has {found.largest:,} bytes, more than may leave on one day:"
                f" it goes alone and counts for {days:,} days."
            )
        if found.unread:
            words.append(f"{found.unread:,} of them go when they have been read once.")
        return PartView(
            partner=name,
            files=found.files,
            bytes=found.bytes,
            largest=found.largest,
            rate=rate,
            seconds=None if takes is None else int(takes.total_seconds()),
            words=" ".join(words),
        )
