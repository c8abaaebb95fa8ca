"""What partners ask: announce a shipment, say that it came, hear how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.transfers.entities import (
    Arrival,
    Endpoint,
    Offer,
    PartnerInfo,
    Sending,
    Standing,
    Welcome,
)
from waystation.domains.transfers.ports import Bound, Harbour, Look
from waystation.domains.transfers.rules import Policy
from waystation.domains.transfers.states import ShipmentState, Way
from waystation.domains.transfers.store import (
    expecting,
    partners,
    planning,
    repairs,
    replicas,
    rules,
    settling,
    shipments,
)
from waystation.domains.transfers.views import CopyView
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database, Row
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError
from waystation.kernel.sealing import Safe
from waystation.kernel.waking import wake

LAND = "transfers-land"
MOST = 10_000
"""Files of one offer."""
_FULL = (
    "There is no room for it: {name} has {left:,} bytes left beside what was promised to others."
)
_CLASH = "Another file is there, which did not come from you."


class Receiving:
    """The side of a receiver, and what a sender is told of its own.

    Every method raises:
        ForbiddenError: the caller is no partner's account.
    """

    def __init__(
        self, database: Database, clock: Clock, safe: Safe, harbour: Harbour, policy: Policy
    ) -> None:
        self._database = database
        self._clock = clock
        self._safe = safe
        self._harbour = harbour
        self._policy = policy

    def hello(self, who: Grant) -> PartnerInfo:
        """The partner that the caller is."""
        return self._partner(who)

    def expect(self, who: Grant, offer: Offer) -> Welcome:
        """A shipment is announced: what is taken, and where it may be put. May be repeated.

        Raises:
            NotFoundError, ForbiddenError: the space is none for the partner's account.
            MalformedError: no files, too many, or numbers or paths twice.
        """
        partner = self._partner(who)
        _check(offer)
        now = self._clock.now()
        until = now + self._policy.patience
        looks = self._harbour.look(who.user_id, offer.space, offer.parcels)
        arrivals = self._arrivals(partner, offer, looks)
        bounds = self._harbour.bounds(who.user_id, offer.space)

        def work(conn: Connection) -> Standing:
            room, ended = _room(conn, bounds), [*arrivals]
            row = expecting.expect(conn, partner.id, offer, now=now, due=until)
            if row is not None:
                ended += _too_much(offer, arrivals, room)
            else:
                row = shipments.by_key(conn, partner.id, Way.IN, [offer.key])[offer.key]
            number = int(str(row["id"]))
            settling.landed(conn, number, ended, now=now, first=self._policy.first_doubt)
            settling.finish(conn, number, now=now)
            return settling.standing(conn, row)

        found = self._database.run(work)
        ended = {*found.landed, *found.failed}
        endpoints: Sequence[Endpoint] = ()
        if any(parcel.n not in ended for parcel in offer.parcels):
            endpoints = self._harbour.targets(who.user_id, offer.space, offer.key, until)
        return Welcome(there=found.landed, refused=found.failed, endpoints=endpoints)

    def settle(
        self, who: Grant, arrived: Mapping[str, Mapping[int, str]]
    ) -> dict[str, Standing | None]:
        """All of these shipments has come, but for what is named; how they stand."""
        partner, now = self._partner(who), self._clock.now()

        def work(conn: Connection) -> dict[str, Standing | None]:
            found = shipments.by_key(conn, partner.id, Way.IN, [*arrived])
            for key, row in found.items():
                number = int(str(row["id"]))
                settling.failed(
                    conn, number, arrived[key], now=now, first=self._policy.first_doubt
                )
                if settling.finish(conn, number, now=now) is None:
                    shipments.move(conn, number, ShipmentState.LANDING, now=now, due=now)
            if found:
                wake(conn, LAND)
            again = shipments.by_key(conn, partner.id, Way.IN, [*arrived])
            known = {key: settling.standing(conn, row) for key, row in again.items()}
            return {key: known.get(key) for key in arrived}

        return self._database.run(work)

    def standing(self, who: Grant, key: str) -> Standing | None:
        """How a shipment stands that the partner announced; None of one that is not known."""
        partner = self._partner(who)

        def work(conn: Connection) -> Standing | None:
            found = shipments.by_key(conn, partner.id, Way.IN, [key])
            return settling.standing(conn, found[key]) if key in found else None

        return self._database.run(work)

    def report(self, who: Grant, ended: Mapping[str, Standing]) -> None:
        """How shipments of ours ended at the partner. Those that are not known are good."""
        partner, now = self._partner(who), self._clock.now()
        first = self._policy.first_doubt

        def work(conn: Connection) -> None:
            for key, row in shipments.by_key(conn, partner.id, Way.OUT, [*ended]).items():
                number = int(str(row["id"]))
                settling.heard(conn, number, ended[key], now=now, first=first)
                settling.finish(conn, number, now=now)

        self._database.run(work)

    def sending(self, who: Grant, keys: Sequence[str]) -> dict[str, Sending]:
        """How shipments of ours to the partner stand here."""
        partner = self._partner(who)
        found = self._database.run(lambda conn: shipments.by_key(conn, partner.id, Way.OUT, keys))
        return {key: _sending(found.get(key)) for key in keys}

    def holds(self, who: Grant, space: str, files: Sequence[tuple[str, str]]) -> list[bool]:
        """Which of these (path, sha256) are here, whole as far as we know.

        Raises:
            NotFoundError, ForbiddenError: the space is none for the partner's account.
            MalformedError: too many.
        """
        self._partner(who)
        if len(files) > MOST:
            raise MalformedError(f"Ask for at most {MOST:,} files.")
        return self._harbour.holds(who.user_id, space, files)

    def cancel(self, who: Grant, keys: Sequence[str]) -> None:
        """Shipments that were announced do not come."""
        partner, now = self._partner(who), self._clock.now()

        def work(conn: Connection) -> None:
            for row in shipments.by_key(conn, partner.id, Way.IN, keys).values():
                number = int(str(row["id"]))
                settling.cancelled(conn, number, now=now, words="Its sender has cancelled it.")
                settling.finish(conn, number, now=now)

        self._database.run(work)

    def again(self, who: Grant, entry_id: int, space: str, path: str) -> str:
        """The caller's copy of a file of ours is damaged: it is sent again. Its shipment's key.

        Raises:
            NotFoundError: no rule sends it there.
        """
        partner, now = self._partner(who), self._clock.now()

        def work(conn: Connection) -> str:
            planned = planning.again(conn, partner.id, entry_id, space, path)
            if planned is None:
                raise NotFoundError("No rule of this site sends that file to you.")
            planning.ship(conn, planned, now=now)
            return planned.key

        return self._database.run(work)

    def sender(self, who: Grant, name: str) -> PartnerInfo | None:
        """The partner that the caller is; or, for an administrator, the one of that name."""
        found = self._caller(who)
        if found is not None:
            return found
        if not who.admin:
            return None
        return next((each for each in self.everybody().values() if each.name == name), None)

    def everybody(self) -> dict[int, PartnerInfo]:
        """All partners by id, for steps."""
        found = self._database.rows(partners.every())
        return {each.id: each for each in (partners.read(row, self._safe) for row in found)}

    def copies(self, entries: Sequence[int]) -> dict[int, list[CopyView]]:
        """Where copies of files are, for who was let see the files themselves."""
        found = self._database.rows(replicas.of_entries(entries)) if entries else []
        told: dict[int, list[CopyView]] = {}
        for row in found:
            view = CopyView(**{k: v for k, v in row.items() if k != "entry_id"})  # type: ignore[arg-type]
            told.setdefault(int(str(row["entry_id"])), []).append(view)
        return told

    def forget_copy(self, who: Grant, entry_id: int, partner_id: int) -> bool:
        """Do not count on a partner's copy of a file; whether we did.

        Rules that want it there offer the file again, and hear whether it is.
        """
        need_admin(who)
        now, known = self._clock.now(), self.everybody().get(partner_id)

        def work(conn: Connection) -> bool:
            since = replicas.lost(conn, partner_id, [entry_id])
            if since is None or known is None:
                return False
            rules.again(conn, partner_id, since=since, now=now)
            wake(conn, rules.PLAN)
            trail.record(conn, "copy.forgotten", known.name, now=now, entry_id=entry_id)
            return True

        return self._database.run(work)

    def sources(self, who: Grant, space: str) -> list[Endpoint]:
        """How the files of a space are reached, for a partner whose own are damaged.

        Raises:
            NotFoundError, ForbiddenError: the space is none for the partner's account.
        """
        self._partner(who)
        until = self._clock.now() + self._policy.deadline
        return [*self._harbour.sources(who.user_id, space, until)]

    def damaged(self, who: Grant, space: str, files: Sequence[tuple[str, str]]) -> list[bool]:
        """These (path, sha256), copies of ours, are damaged there; which of them we knew.

        Our rules send them again.

        Raises:
            MalformedError: too many.
        """
        partner, now = self._partner(who), self._clock.now()
        if len(files) > MOST:
            raise MalformedError(f"Tell of at most {MOST:,} files.")

        def work(conn: Connection) -> set[int]:
            knew, since = repairs.lost(conn, partner.id, space, files)
            if since is not None:
                rules.again(conn, partner.id, since=since, now=now)
                wake(conn, rules.PLAN)
            if knew:
                trail.record(conn, "copy.damaged", partner.name, now=now, files=len(knew))
            return knew

        knew = self._database.run(work)
        return [n in knew for n in range(len(files))]

    def doubt(self, who: Grant, space: str, files: Sequence[tuple[str, str]]) -> None:
        """These (path, sha256) of ours came to the partner with other bytes: they are read soon.

        Raises:
            NotFoundError, ForbiddenError: the space is none for the partner's account.
            MalformedError: too many.
        """
        self._partner(who)
        if len(files) > MOST:
            raise MalformedError(f"Doubt at most {MOST:,} files.")
        self._harbour.doubt(who.user_id, space, files)

    # ---------------------------------------------------------------------------------- within

    def _partner(self, who: Grant) -> PartnerInfo:
        found = self._caller(who)
        if found is None:
            raise ForbiddenError(
                "Only the accounts of partner sites may ask this.",
                advice="`waystation partner` shows which accounts those are.",
            )
        return found

    def _caller(self, who: Grant) -> PartnerInfo | None:
        found = self._database.rows(partners.by_caller(who.user_id, who.name))
        if not found or who.limits is not None:
            return None
        partner, now = partners.read(found[0], self._safe), self._clock.now()

        def work(conn: Connection) -> None:
            partners.join(conn, partner.id, who.user_id)
            partners.heard(conn, partner.id, now=now)

        self._database.run(work)
        return replace(partner, account_id=who.user_id)

    def _arrivals(
        self, partner: PartnerInfo, offer: Offer, looks: Sequence[Look]
    ) -> list[Arrival]:
        """What is here already, and what is refused because somebody else's file is."""
        others = [look.entry_id for look in looks if look.entry_id is not None and not look.same]
        ours = self._database.run(lambda conn: expecting.origins(conn, partner.id, others))
        found = []
        for parcel, look in zip(offer.parcels, looks, strict=True):
            if look.words:
                found.append(Arrival(parcel.n, None, look.words))
            elif look.same:
                found.append(Arrival(parcel.n, look.entry_id))
            elif look.entry_id is not None and ours.get(look.entry_id) != look.sha256:
                found.append(Arrival(parcel.n, None, _CLASH))
        return found


def _check(offer: Offer) -> None:
    if not 1 <= len(offer.parcels) <= MOST:
        raise MalformedError(f"A shipment has 1 to {MOST:,} files.")
    if len({parcel.n for parcel in offer.parcels}) < len(offer.parcels):
        raise MalformedError("A number comes twice.")
    if len({parcel.path for parcel in offer.parcels}) < len(offer.parcels):
        raise MalformedError("A path comes twice.")


def _room(conn: Connection, bounds: Sequence[Bound]) -> tuple[int, str] | None:
    """Bytes that nobody has, and nobody was promised, and where; None is no limit. It stays so."""
    if not bounds:
        return None
    expecting.alone(conn)
    left = [(bound.left(conn), bound) for bound in bounds]
    known = [
        (most - expecting.promised(conn, bound.spaces), bound.name)
        for most, bound in left
        if most is not None
    ]
    return min(known, default=None)


def _too_much(
    offer: Offer, ended: Sequence[Arrival], room: tuple[int, str] | None
) -> list[Arrival]:
    """Files of an offer that have no room; its sender offers them later again."""
    if room is None:
        return []
    known, refused, left = {each.n for each in ended}, [], room[0]
    words = _FULL.format(name=room[1], left=max(0, left))
    for parcel in offer.parcels:
        if parcel.n in known:
            continue
        if parcel.size > left:
            refused.append(Arrival(parcel.n, None, words))
        else:
            left -= parcel.size
    return refused


def _sending(row: Row | None) -> Sending:
    if row is None:
        return Sending.UNKNOWN
    return Sending.COMING if row["finished"] is None else Sending.SENT
