"""The acceptable-use policy: its versions, and who has agreed to the one in force."""

from datetime import timedelta

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.people.entities import PolicyView
from waystation.domains.people.store import policies as store
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database, Row, Statement
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
)

_LONGEST = 50_000


class Policies:
    """The acceptable-use policy.

    Args:
        database: of the house.
        clock: of the house.
        grace: so long programs of those who have not agreed may go on.
    """

    def __init__(self, database: Database, clock: Clock, grace: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._grace = grace

    def now(self) -> PolicyView | None:
        """The version in force, None when there never was one."""
        found = self._database.rows(store.now())
        return store.read(found[0]) if found else None

    def owed(self, who: Grant) -> PolicyView | None:
        """What a person must agree to before anything else; None when nothing."""
        found = self._database.rows(store.owed(who.user_id, before=self._clock.now()))
        return store.read(found[0]) if found else None

    def overdue(self, user_id: int) -> Statement:
        """Answers a row when programs of an account may not go on: see `objection`."""
        return store.owed(user_id, before=self._clock.now() - self._grace)

    def need(self, who: Grant) -> None:
        """Whether a program of the caller's may go on.

        Raises:
            ForbiddenError: its owner has not agreed, and the grace is over.
        """
        if found := self._database.rows(self.overdue(who.user_id)):
            raise objection(found[0])

    def publish(self, who: Grant, text: str) -> int:
        """Put a new version in force: everybody is asked again; its number.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: no text, or too much of it.
        """
        need_admin(who)
        if not text.strip() or len(text) > _LONGEST:
            raise MalformedError(f"A policy needs a text of 1 to {_LONGEST:,} characters.")
        now = self._clock.now()
        with self._database.transaction() as conn:
            version = store.add(conn, text.strip(), by=who.name, now=now)
            trail.record(conn, "policy.publish", f"version {version}", now=now, by=who.actor)
        return version

    def accept(self, who: Grant, version: int) -> None:
        """Agree to the version in force.

        Raises:
            ConflictError: there is a newer one by now.
        """
        now = self._clock.now()
        with self._database.transaction() as conn:
            if not store.accept(conn, who.user_id, version, now=now):
                raise ConflictError("There is a newer version by now.", advice="Read that one.")
            thing = f"version {version}"
            trail.record(conn, "policy.accept", thing, now=now, by=who.actor)

    def accept_for(self, who: Grant, whom: Grant) -> None:
        """Agree for an account that is a program's, on the administrator's responsibility.

        Raises:
            ForbiddenError: the caller is no administrator.
            NotFoundError: there is no policy.
        """
        need_admin(who)
        current, now = self.now(), self._clock.now()
        if current is None:
            raise NotFoundError("There is no policy yet.")
        with self._database.transaction() as conn:
            store.accept(conn, whom.user_id, current.version, now=now)
            thing = f"version {current.version}"
            trail.record(conn, "policy.accept", thing, now=now, by=who.actor, account=whom.name)


def objection(row: Row) -> ForbiddenError:
    """What to say to a program whose owner has not agreed, from the row of `overdue`."""
    return ForbiddenError(
        f"Version {row['version']} of the acceptable-use policy is not accepted.",
        advice="Sign in on the pages in a browser, read it and accept it.",
    )
