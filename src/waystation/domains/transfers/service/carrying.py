"""Shipments that people carry: on a disk, where no line is wide enough.

At the sender one is a shipment like others, in the state *carried* until its receiver tells, by
the wire or by a receipt on the disk. The receiver takes it in as one that was announced.
"""

import functools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.transfers.entities import Pack, PackedFile, PartnerInfo, Root, RuleInfo
from waystation.domains.transfers.ports import Harbour
from waystation.domains.transfers.rules import Policy
from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import planning, rules, settling, shipments
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row
from waystation.kernel.errors import MalformedError, NotFoundError

PATIENCE = timedelta(days=90)
ENGINE = "carry"
Seen = tuple[datetime, int]
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Carrying:
    """What leaves on disks. For administrators."""

    database: Database
    clock: Clock
    harbour: Harbour
    policy: Policy

    def begun(self, who: Grant, partner: PartnerInfo, place: str) -> list[Pack]:
        """Shipments on a disk that have not ended: some may not be whole yet."""
        need_admin(who)
        return self.database.run(
            lambda conn: [_pack(conn, row) for row in shipments.carried(conn, partner.id, place)]
        )

    def pack(
        self,
        who: Grant,
        rule_name: str,
        partner: PartnerInfo,
        place: str,
        *,
        most: int,
        seen: Seen | None = None,
    ) -> tuple[Pack | None, Seen | None]:
        """The next files of a rule that a partner has not got, as a shipment that is carried.

        Args:
            who: an administrator.
            rule_name: whose files.
            partner: where they go.
            place: the disk; kept with the shipment, to go on after a death.
            most: bytes; files that are larger than what is left are passed over.
            seen: how far the call before came.

        Returns:
            The shipment, and how far that came; no shipment at the end.

        Raises:
            NotFoundError: no such rule, or the partner is none of its destinations.
        """
        need_admin(who)
        rule = self._rule(rule_name)
        if partner.name not in rule.partners:
            raise NotFoundError(
                f"{partner.name} is no destination of the rule {rule_name!r}.",
                advice="`waystation rule list` says what goes where.",
            )
        if most <= 0:
            raise MalformedError("There is no room for any file.")
        root = self.harbour.root(rule.owner_id, rule.space)
        share = planning.Share(
            partner.id, list(rule.partners).index(partner.name), len(rule.partners)
        )
        at = seen or (_START, 0)
        choice = _Choice(rule, root, share, place, most, self.policy.files)
        while True:
            found = self.database.run(functools.partial(choice.made, at=at, now=self.clock.now()))
            if found[0] is not None or found[1] is None:
                return found
            at = found[1]

    def gone(self, who: Grant, number: int, lost: Mapping[int, str]) -> None:
        """Files of one that could not be read, or are not what was stored; they stay here."""
        need_admin(who)
        now = self.clock.now()

        def work(conn: Connection) -> list[int]:
            shipments.lock(conn, number)
            rows = shipments.entries(number, [*lost])
            settling.failed(conn, number, lost, now=now, first=self.policy.first_doubt)
            settling.finish(conn, number, now=now)
            return [int(str(row["entry_id"])) for row in self.database.rows(rows)]

        if lost:
            self.harbour.suspect(self.database.run(work))

    def _rule(self, name: str) -> RuleInfo:
        for row in self.database.rows(rules.named(name)):
            return rules.read(row)
        raise NotFoundError(f"There is no rule {name!r}.")


@dataclass(frozen=True, slots=True)
class _Choice:
    """What goes on a disk: of a rule, for a partner, so much."""

    rule: RuleInfo
    root: Root
    share: planning.Share
    place: str
    most: int
    files: int

    def made(
        self, conn: Connection, *, at: Seen, now: datetime
    ) -> tuple[Pack | None, Seen | None]:
        """A shipment of the next files, and how far that looked."""
        rule, share = self.rule, self.share
        fresh = planning.fresh(
            conn,
            store=self.root.store_id,
            partner=share.partner_id,
            seen=at,
            old=now - timedelta(seconds=rule.min_age_s),
            now=now,
            limit=self.files,
        )
        if not fresh:
            return None, None
        found, size = [], 0
        for each, places in planning.mine(conn, self.root.entry_id, fresh, rule, share):
            if each.sha256 is not None and size + each.size <= self.most:
                found.append((each, places))
                size += each.size
        last = fresh[-1].changed, fresh[-1].entry_id
        return (self._written(conn, found, now) if found else None), last

    def _written(
        self,
        conn: Connection,
        found: Sequence[tuple[planning.Candidate, tuple[str, str]]],
        now: datetime,
    ) -> Pack:
        planned = planning.Planned(
            key=secrets.token_hex(16),
            partner_id=self.share.partner_id,
            rule_id=self.rule.id,
            space=self.rule.space,
            target_space=self.rule.target_space,
            priority=self.rule.priority,
            files=[each for each, _ in found],
            places=[places for _, places in found],
        )
        number = planning.ship(conn, planned, now=now)
        sets = f", engine = '{ENGINE}', handle = %(place)s"
        state, due = ShipmentState.CARRIED, now + PATIENCE
        shipments.move(conn, number, state, now=now, due=due, sets=sets, place=self.place)
        size = sum(each.size for each, _ in found)
        trail.record(conn, "shipment.carried", str(number), now=now, files=len(found), bytes=size)
        row = shipments.lock(conn, number)
        assert row is not None
        return _pack(conn, row)


def _pack(conn: Connection, row: Row) -> Pack:
    number = int(str(row["id"]))
    assert row["way"] == Way.OUT
    files = []
    for each in shipments.files(conn, number):
        parcel = shipments.parcel(each)
        files.append(PackedFile(parcel, int(str(each["entry_id"])), str(each["path"])))
    return Pack(number, str(row["key"]), str(row["space"]), str(row["target_space"]), files)
