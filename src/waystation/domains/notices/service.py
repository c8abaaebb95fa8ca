"""What can be asked of messages."""

import re

from waystation.domains.accounts.door import Grant, need_admin
from waystation.domains.notices import store
from waystation.domains.notices.entities import EVERYONE, Draft, MessageView
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import MalformedError, NotFoundError

MOST_SHOWN = 10
_LONGEST = 2_000
_AUDIENCE = re.compile(r"everyone|(group|user):.{1,150}")


class Messages:
    """What operators tell people."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mine(self, who: Grant) -> list[MessageView]:
        """What the caller is to see now, the loudest first."""
        found = store.mine(
            audiences(who), user_id=who.user_id, now=self._clock.now(), limit=MOST_SHOWN
        )
        return [store.read(row) for row in self._database.rows(found)]

    def page(self, who: Grant, *, before: int | None = None, limit: int = 50) -> list[MessageView]:
        """Every message there was, newest first; for administrators."""
        need_admin(who)
        found = self._database.rows(store.page(before=before, limit=limit))
        return [store.read(row) for row in found]

    def post(self, who: Grant, draft: Draft) -> MessageView:
        """Tell somebody something.

        A downtime is shown until it is over, unless something else is said.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: no text, nobody to be told, or times that cannot be.
        """
        need_admin(who)
        _check(draft)
        now = self._clock.now()
        until = draft.shown_until or draft.down_until
        if until is not None and until <= max(now, draft.shown_from or now):
            raise MalformedError("It would never be shown: its end is before its beginning.")
        whole = Draft(**{n: getattr(draft, n) for n in Draft.__slots__} | {"shown_until": until})
        with self._database.transaction() as conn:
            made = store.add(conn, whole, by=who.name, now=now)
            thing = f"message {made.id} to {made.audience}"
            trail.record(conn, "message.post", thing, now=now, by=who.actor, text=made.text)
        return made

    def withdraw(self, who: Grant, message_id: int) -> None:
        """Show a message to nobody any more.

        Raises:
            ForbiddenError: the caller is no administrator.
            NotFoundError: there is none, or it was withdrawn.
        """
        need_admin(who)
        now = self._clock.now()
        with self._database.transaction() as conn:
            if not store.withdraw(conn, message_id, now=now):
                raise NotFoundError(f"There is no message {message_id} that is shown.")
            thing = f"message {message_id}"
            trail.record(conn, "message.withdraw", thing, now=now, by=who.actor)

    def dismiss(self, who: Grant, message_id: int) -> None:
        """Put a message away, for the caller only.

        Raises:
            NotFoundError: there is none for the caller that can be put away.
        """
        told = audiences(who)
        with self._database.transaction() as conn:
            if not store.dismiss(conn, message_id, told, user_id=who.user_id):
                raise NotFoundError("There is no such message for you that can be put away.")


def audiences(who: Grant) -> list[str]:
    """As whom a caller is told things."""
    groups = [f"group:{name}" for name in sorted(who.groups)]
    return [EVERYONE, f"user:{who.name}", *groups]


def _check(draft: Draft) -> None:
    if not draft.text.strip() or len(draft.text) > _LONGEST:
        raise MalformedError(f"A message needs a text of 1 to {_LONGEST:,} characters.")
    if not _AUDIENCE.fullmatch(draft.audience):
        raise MalformedError(
            f"{draft.audience!r} is nobody.", advice="Write everyone, group:NAME or user:NAME."
        )
    if (draft.down_from is None) != (draft.down_until is None):
        raise MalformedError("A downtime has a beginning and an end.")
    if draft.down_from and draft.down_until and draft.down_until <= draft.down_from:
        raise MalformedError("The downtime ends before it begins.")
