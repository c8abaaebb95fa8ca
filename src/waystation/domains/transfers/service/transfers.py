"""The subject as one thing, for those who ask it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.transfers.entities import CopyThere, PartnerInfo, RuleInfo
from waystation.domains.transfers.ports import Harbour
from waystation.domains.transfers.rules import Policy, check_windows
from waystation.domains.transfers.service.carrying import Carrying
from waystation.domains.transfers.service.estimating import Estimating
from waystation.domains.transfers.service.measuring import measured
from waystation.domains.transfers.service.receiving import Receiving
from waystation.domains.transfers.states import SHIPMENT, ShipmentState, Way
from waystation.domains.transfers.store import (
    alarms,
    looks,
    partners,
    repairs,
    replicas,
    rules,
    settling,
    shipments,
)
from waystation.domains.transfers.store.planning import OFFER
from waystation.domains.transfers.views import (
    AlarmView,
    CopyView,
    EstimateView,
    PartnerView,
    RepairView,
    ShipmentView,
    ShippedView,
)
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, rows
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError
from waystation.kernel.measures import Measure
from waystation.kernel.sealing import Safe
from waystation.kernel.waking import wake

MOST = 1_000
LEAST_S = 3_600  # a rule that takes files away leaves them for so long
_CANCELLED = "Somebody has cancelled it."


@dataclass(frozen=True, slots=True)
class Transfers:
    """Partners, rules and shipments. Only administrators ask; partners ask `receiving`.

    Every method raises:
        ForbiddenError: the caller is no administrator.
    """

    database: Database
    clock: Clock
    safe: Safe
    harbour: Harbour
    receiving: Receiving
    estimating: Estimating
    carrying: Carrying

    @classmethod
    def on(
        cls, database: Database, clock: Clock, safe: Safe, harbour: Harbour, policy: Policy
    ) -> Self:
        """Build it."""
        receiving = Receiving(database, clock, safe, harbour, policy)
        estimating = Estimating(database, clock, harbour, policy)
        carrying = Carrying(database, clock, harbour, policy)
        return cls(database, clock, safe, harbour, receiving, estimating, carrying)

    # -------------------------------------------------------------------------------- partners

    def partners(self, who: Grant) -> list[PartnerView]:
        """All of them, with what goes and comes."""
        need_admin(who)
        return [PartnerView(**row) for row in self.database.rows(looks.partners())]  # type: ignore[arg-type]

    def partner(self, who: Grant, name: str) -> PartnerInfo:
        """One of them.

        Raises:
            NotFoundError: there is none of that name.
        """
        for each in self.known(who):
            if each.name == name:
                return each
        raise NotFoundError(
            f"There is no partner {name!r}.", advice="`waystation partner list` names them."
        )

    def known(self, who: Grant) -> list[PartnerInfo]:
        """All of them, by name, with what we show there."""
        need_admin(who)
        return [partners.read(row, self.safe) for row in self.database.rows(partners.every())]

    def know(
        self,
        who: Grant,
        name: str,
        *,
        url: str,
        token: str,
        account_id: int | None,
        kind: str = "waystation",
        engines: Sequence[str] = (),
    ) -> None:
        """Write a partner down, or what is new of it."""
        need_admin(who)
        now = self.clock.now()
        sealed = self.safe.seal({"token": token}) if token else b""

        def work(conn: Connection) -> None:
            partners.add(
                conn,
                name=name,
                kind=kind,
                url=url,
                credential=sealed,
                account_id=account_id,
                engines=engines,
                now=now,
            )
            trail.record(conn, "partner.known", name, now=now)

        self.database.run(work)

    def introduced(self, who: Grant, *, url: str, token: str) -> PartnerInfo:
        """The caller, a partner's account, says where it is and with what we may ask it."""
        partner, now = self.receiving.hello(who), self.clock.now()

        def work(conn: Connection) -> None:
            partners.add(
                conn,
                name=partner.name,
                kind=partner.kind,
                url=url,
                credential=self.safe.seal({"token": token}),
                account_id=partner.account_id,
                engines=partner.engines,
                now=now,
            )
            trail.record(conn, "partner.introduced", partner.name, now=now)

        self.database.run(work)
        return partner

    def switch(self, who: Grant, name: str, *, on: bool) -> None:
        """Let shipments go out to a partner, or not.

        Raises:
            NotFoundError: there is none of that name.
        """
        partner, now = self.partner(who, name), self.clock.now()

        def work(conn: Connection) -> None:
            partners.switch(conn, partner.name, on=on)
            trail.record(conn, "partner.on" if on else "partner.off", name, now=now)
            wake(conn, OFFER)
            wake(conn, rules.PLAN)

        self.database.run(work)

    def forget(self, who: Grant, name: str) -> None:
        """A partner goes, with its part in rules and what we know of its copies.

        Raises:
            NotFoundError: there is none of that name.
            ConflictError: shipments are on their way.
        """
        partner, now = self.partner(who, name), self.clock.now()

        def work(conn: Connection) -> None:
            if rows(conn, looks.under_way(partner.id)):
                raise ConflictError(
                    "Shipments are on their way.", advice="Cancel them, or let them arrive."
                )
            partners.drop(conn, partner.id)
            alarms.drop(conn, f"partner {name}")
            trail.record(conn, "partner.forgotten", name, now=now)

        self.database.run(work)

    # ----------------------------------------------------------------------------------- rules

    def rules(self, who: Grant) -> list[RuleInfo]:
        """All of them, by name."""
        need_admin(who)
        return [rules.read(row) for row in self.database.rows(rules.every())]

    def rule(self, who: Grant, wanted: RuleInfo) -> RuleInfo:
        """Make a rule; it works from now on, also for what is there already.

        Raises:
            NotFoundError: no such space or partner.
            MalformedError: something in it cannot be.
            ConflictError: its name is taken.
        """
        need_admin(who)
        self._check(who, wanted)
        root = self.harbour.root(wanted.owner_id, wanted.space)
        rule, now = replace(wanted, root_id=root.entry_id), self.clock.now()

        def work(conn: Connection) -> int:
            made = rules.add(conn, rule, now=now)
            if made is None:
                raise ConflictError(f"There is a rule {rule.name!r} already.")
            trail.record(conn, "rule.made", rule.name, now=now)
            return made

        return replace(rule, id=self.database.run(work))

    def estimate(self, who: Grant, wanted: RuleInfo) -> EstimateView:
        """What a rule would send, made or not; nothing is written.

        Raises:
            NotFoundError: no such space or partner.
            MalformedError: something in it cannot be.
        """
        need_admin(who)
        self._check(who, wanted)
        known = [(name, self.partner(who, name).id) for name in wanted.partners]
        return self.estimating.estimate(wanted, known)

    def estimate_of(self, who: Grant, name: str) -> EstimateView:
        """What a rule that there is has still to send.

        Raises:
            NotFoundError: there is none of that name.
        """
        need_admin(who)
        for row in self.database.rows(rules.named(name)):
            return self.estimate(who, rules.read(row))
        raise NotFoundError(f"There is no rule {name!r}.")

    def _check(self, who: Grant, wanted: RuleInfo) -> None:
        check_windows(wanted.windows)
        if not wanted.name or not wanted.partners or not wanted.target_space:
            raise MalformedError("A rule has a name, a space there, and at least one partner.")
        if not 1 <= wanted.copies <= len(wanted.partners):
            raise MalformedError("There are as many copies as partners at most, and one at least.")
        if len(set(wanted.partners)) < len(wanted.partners):
            raise MalformedError("A partner comes twice.")
        if not 0 <= wanted.priority <= 9:  # noqa: PLR2004 - as for requests
            raise MalformedError("priority must be 0 to 9.")
        if wanted.delete_after_s is not None and wanted.delete_after_s < LEAST_S:
            raise MalformedError("Files stay here for an hour at least.")
        for name in wanted.partners:
            self.partner(who, name)

    def switch_rule(self, who: Grant, name: str, *, on: bool) -> None:
        """Let a rule work or rest.

        Raises:
            NotFoundError: there is none of that name.
        """
        self._change_rule(who, name, "on" if on else "off")

    def drop_rule(self, who: Grant, name: str) -> None:
        """A rule goes; what arrived stays.

        Raises:
            NotFoundError: there is none of that name.
        """
        self._change_rule(who, name, "dropped")

    def _change_rule(self, who: Grant, name: str, what: str) -> None:
        need_admin(who)
        now = self.clock.now()

        def work(conn: Connection) -> None:
            if what == "dropped":
                done = rules.drop(conn, name)
            else:
                done = rules.switch(conn, name, on=what == "on")
            if not done:
                raise NotFoundError(f"There is no rule {name!r}.")
            trail.record(conn, f"rule.{what}", name, now=now)

        self.database.run(work)

    # ------------------------------------------------------------------------------- shipments

    def shipments(
        self,
        who: Grant,
        *,
        before: int | None = None,
        partner: str = "",
        only_open: bool = False,
        limit: int = 50,
    ) -> list[ShipmentView]:
        """Shipments of both ways, the newest first; `before` is the last id of the page before."""
        need_admin(who)
        page = looks.shipments(before=before, partner=partner, only_open=only_open, limit=limit)
        return [looks.shipment_view(row) for row in self.database.rows(page)]

    def shipment(self, who: Grant, number: int) -> ShipmentView:
        """One of them.

        Raises:
            NotFoundError: there is none of that number.
        """
        need_admin(who)
        for row in self.database.rows(looks.shipment(number)):
            return looks.shipment_view(row)
        raise NotFoundError(f"There is no shipment {number}.")

    def files(
        self, who: Grant, number: int, *, after: int = 0, limit: int = MOST
    ) -> list[ShippedView]:
        """Files of a shipment, by number, behind `after`.

        Raises:
            NotFoundError: there is none of that number.
        """
        self.shipment(who, number)
        found = looks.files(number, after=after, state=None, limit=limit)
        return [looks.file_view(row) for row in self.database.rows(found)]

    def cancel(self, who: Grant, number: int) -> ShipmentView:
        """What of a shipment of ours has not arrived stays here; its rule offers it again later.

        Raises:
            NotFoundError: there is none of that number.
            ConflictError: it comes from somebody else, or has ended.
        """
        self.shipment(who, number)
        now = self.clock.now()

        def work(conn: Connection) -> None:
            row = shipments.lock(conn, number)
            assert row is not None
            state = ShipmentState(int(str(row["state"])))
            if row["way"] != Way.OUT or not SHIPMENT.allows(state, ShipmentState.CANCELLED):
                raise ConflictError("Only a shipment of ours that has not ended can be cancelled.")
            settling.cancelled(conn, number, now=now, words=_CANCELLED)
            settling.finish(conn, number, now=now)
            trail.record(conn, "shipment.cancelled", str(number), now=now)

        self.database.run(work)
        return self.shipment(who, number)

    def cancel_all(self, who: Grant, name: str) -> int:
        """All that is on its way to a partner stays here; how many files.

        Raises:
            NotFoundError: there is none of that name.
        """
        partner, now = self.partner(who, name), self.clock.now()

        def work(conn: Connection) -> int:
            count = 0
            for number in shipments.outgoing(conn, partner.id):
                count += settling.cancelled(conn, number, now=now, words=_CANCELLED)
                settling.finish(conn, number, now=now)
            trail.record(conn, "shipments.cancelled", name, now=now)
            return count

        return self.database.run(work)

    def know_copies(self, who: Grant, name: str, copies: Sequence[CopyThere]) -> int:
        """A partner has copies of files, as somebody else says; how many are new.

        They are asked for as all others are, the oldest first.

        Raises:
            NotFoundError: there is no partner of that name.
        """
        partner = self.partner(who, name)
        return self.database.run(lambda conn: replicas.told(conn, partner.id, copies))

    def copies(self, who: Grant, entry_id: int) -> list[CopyView]:
        """Where copies of a file are."""
        need_admin(who)
        return self.receiving.copies([entry_id]).get(entry_id, [])

    def repairs(self, who: Grant, *, limit: int = MOST) -> list[RepairView]:
        """Damaged files of ours, and what is done about each."""
        need_admin(who)
        wrecks = self.harbour.wrecks(after=0, limit=limit)
        asked = repairs.standing([each.entry_id for each in wrecks])
        known = {int(str(row["entry_id"])): row for row in self.database.rows(asked)}
        return [looks.repair_view(each, known.get(each.entry_id)) for each in wrecks]

    def alarms(self, who: Grant) -> list[AlarmView]:
        """What a person should look at, the oldest first."""
        need_admin(who)
        return [AlarmView(**row) for row in self.database.rows(alarms.every())]  # type: ignore[arg-type]

    def measures(self, who: Grant) -> list[Measure]:
        """Numbers, those of one name behind each other."""
        need_admin(who)
        wrecks, now = self.harbour.wrecks(after=0, limit=MOST), self.clock.now()
        return [*measured(self.database, now=now, damaged=len(wrecks))]
