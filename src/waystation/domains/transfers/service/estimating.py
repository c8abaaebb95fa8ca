"""What a rule would send, and how long that takes; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.ports import Harbour
from waystation.domains.transfers.rules import Policy, lasts
from waystation.domains.transfers.store import looks, planning
from waystation.domains.transfers.views import EstimateView, PartView
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database

PAGES = 40
"""Looks of `Policy.look` files; what is behind them is not counted."""
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Sum:
    """Files that a partner is to get."""

    files: int = 0
    bytes: int = 0
    largest: int = 0
    unread: int = 0


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
        return EstimateView(
            rule=rule.name,
            files=sum(part.files for part in parts),
            bytes=sum(part.bytes for part in parts),
            complete=complete,
            parts=parts,
        )

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
