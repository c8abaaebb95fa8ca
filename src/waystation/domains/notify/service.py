"""What can be asked of notify: what was told, to try again, to be told of more."""

import hashlib
import hmac
from collections.abc import Mapping

from waystation.domains.accounts.door import Grant, Scope
from waystation.domains.notify import queries, store
from waystation.domains.notify.entities import DeliveryView, Kind, Pace
from waystation.domains.notify.ports import Courier
from waystation.domains.notify.states import DeliveryState
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError

TOPICS = ("stage-request.ended", "shipment.ended", "rule.shed", "site.alarm")


class Notify:
    """Deliveries and subscriptions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        couriers: Mapping[Kind, Courier],
        *,
        key: str,
        pace: Pace,
    ) -> None:
        self._database = database
        self._clock = clock
        self.couriers = couriers
        self._key = key
        self._lifetime = pace.lifetime

    def objection(self, url: str) -> str | None:
        """Why no callback may go to this URL, one sentence; None when it may."""
        courier = self.couriers.get(Kind.WEBHOOK)
        return courier.objection(url) if courier else "Callbacks are not switched on here."

    def deliveries(
        self, who: Grant, *, state: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeliveryView]:
        """The caller's deliveries, everybody's for an administrator; newest first."""
        _need(who, Scope.READ)
        owner = None if who.admin else who.user_id
        page = queries.page(owner=owner, state=_state(state), before=before, limit=limit)
        return [queries.view(row) for row in self._database.rows(page)]

    def replay(self, who: Grant, delivery_id: int) -> DeliveryView:
        """Try a dead delivery again, from the first wait on.

        Raises:
            NotFoundError: none of the caller's.
            ConflictError: it is not dead.
        """
        _need(who, Scope.STAGE)
        found = self._database.rows(queries.one(delivery_id))
        if not found or not (who.admin or found[0]["owner_id"] == who.user_id):
            raise NotFoundError(f"There is no delivery {delivery_id}.")
        now = self._clock.now()
        again = self._database.run(
            lambda conn: store.replay(conn, delivery_id, now=now, lifetime=self._lifetime)
        )
        if not again:
            raise ConflictError("It was not given up: it has arrived, or is tried still.")
        return queries.view(self._database.rows(queries.one(delivery_id))[0])

    def subscribe(self, who: Grant, *, topic: str, kind: str, target: str) -> int:
        """Tell somebody of everything of a topic; the same again is the same subscription.

        Raises:
            MalformedError: no such topic or kind, or nothing may be sent there.
        """
        _need(who, Scope.STAGE)
        if topic not in TOPICS:
            raise MalformedError(f"There is no topic {topic!r}.", advice=f"{', '.join(TOPICS)}.")
        if kind not in list(Kind) or Kind(kind) not in self.couriers:
            raise MalformedError(f"Nothing here travels by {kind!r}.")
        words = self.couriers[Kind(kind)].objection(target)
        if words:
            raise MalformedError(words)
        now = self._clock.now()
        return self._database.run(
            lambda conn: store.subscribe(
                conn, owner_id=who.user_id, topic=topic, kind=kind, target=target, now=now
            )
        )

    def unsubscribe(self, who: Grant, subscription_id: int) -> None:
        """End a subscription of the caller's own.

        Raises:
            NotFoundError: there is none.
        """
        _need(who, Scope.STAGE)
        gone = self._database.run(
            lambda conn: store.unsubscribe(conn, subscription_id, owner_id=who.user_id)
        )
        if not gone:
            raise NotFoundError(f"You have no subscription {subscription_id}.")

    def subscriptions(self, who: Grant) -> list[dict[str, object]]:
        """The caller's own."""
        _need(who, Scope.READ)
        return [dict(row) for row in self._database.rows(queries.subscriptions(who.user_id))]

    def secret(self, who: Grant) -> str:
        """What signs webhooks about the caller's requests."""
        _need(who, Scope.STAGE)
        return secret_of(self._key, who.user_id)


def secret_of(key: str, owner_id: int) -> str:
    """An owner's signing secret: made from the house's key, so that none is stored."""
    return hmac.new(key.encode(), f"webhook:{owner_id}".encode(), hashlib.sha256).hexdigest()


def _state(name: str | None) -> DeliveryState | None:
    if name is None:
        return None
    if name.upper() not in DeliveryState.__members__:
        known = ", ".join(s.name.lower() for s in DeliveryState)
        raise MalformedError(f"There is no delivery state {name!r}.", advice=f"States: {known}.")
    return DeliveryState[name.upper()]


def _need(who: Grant, scope: Scope) -> None:
    if scope not in who.scopes:
        raise ForbiddenError(
            f"This token is not for {scope}.", advice=f"Make one with the scope {scope}."
        )
