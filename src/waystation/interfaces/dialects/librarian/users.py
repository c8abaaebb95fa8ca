"""users/…: accounts of ours, by the wire's six levels.

A level is a role in the library's space; what a role does not tell (2 and 4) is kept beside it.
Administrators of the service are made on the server only: this wire sends passwords with every
request.
"""

import hmac

from waystation.domains.accounts.door import Grant
from waystation.interfaces.dialects.librarian import translate, wire
from waystation.interfaces.dialects.librarian.call import Call, Reply, told
from waystation.interfaces.dialects.librarian.levels import Level, role_of
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import standing
from waystation.kernel.errors import ConflictError, MalformedError, WaystationError

_CREATED = 201


class Users:
    """Looks after accounts."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._house = shelf.house

    def create(self, call: Call) -> Reply:
        """Make an account with a password and a level."""
        asked = translate.parsed(call.body, wire.NewUser)
        name, people = asked.username, self._house.people
        level = _level(name, asked.permission)
        try:
            secret = people.make(call.who, name=name)
        except ConflictError as taken:
            # No reason: with one its client would raise another exception than it is known for.
            raise _failed(name) from taken
        except MalformedError as wrong:
            raise _failed(name, wrong) from wrong
        try:
            people.accept(secret, asked.password)
        except MalformedError as weak:
            # The account stays, without a password: it can be given one by users/update.
            raise _failed(name, weak) from weak
        self._give(call.who, name, level)
        return told({"success": True, "username": name}, _CREATED)

    def update(self, call: Call) -> Reply:
        """Another password, another level, or both."""
        asked = translate.parsed(call.body, wire.ChangedUser)
        name = asked.username
        level = None if asked.permission is None else _level(name, asked.permission)
        if self._house.accounts.by_name(name) is None:
            # As ever: 200, and success false.
            return told({"success": False, "username": name})
        if asked.password is not None:
            self._choose(call.who, name, asked.password)
        if level is not None:
            self._give(call.who, name, level)
        return told({"success": True, "username": name})

    def delete(self, call: Call) -> Reply:
        """Close an account: what it put here stays, and stays told to be its own."""
        name = translate.parsed(call.body, wire.NamedUser).username
        if self._house.accounts.by_name(name) is None:
            raise _failed(name)
        try:
            self._house.accounts.suspend(call.who, name, why="deleted by users/delete")
        except WaystationError as refusal:
            raise _failed(name, refusal) from refusal
        return told({"success": True, "username": name})

    def get(self, call: Call) -> Reply:
        """The level of an account."""
        name = translate.parsed(call.body, wire.NamedUser).username
        known = self._house.accounts.by_name(name)
        if known is None:
            raise RefusedError(400, {"username": name, "permission": int(Level.NONE)})
        return told(
            {
                "username": name,
                "permission": int(self._shelf.level(known, self._shelf.standing(known))),
            }
        )

    def password(self, call: Call) -> Reply:
        """Another password for the caller, who must know the present one."""
        asked, name = translate.parsed(call.body, wire.NewPassword), call.who.name
        shown = call.password.encode()
        if not shown or not hmac.compare_digest(asked.password.encode(), shown):
            wrong = MalformedError("The current password is wrong.", advice="Send your own.")
            raise _failed(name, wrong)
        self._choose(call.who, name, asked.new_password)
        return told({"success": True, "username": name})

    def _choose(self, who: Grant, name: str, password: str) -> None:
        try:
            self._house.people.choose(who, name, password)
        except MalformedError as weak:
            raise _failed(name, weak) from weak

    def _give(self, who: Grant, name: str, level: Level) -> None:
        account = self._house.accounts.by_name(name)
        assert account is not None, "it was looked up, or made, just now"
        principal = f"user:{account.user_id}"
        self._house.hosting.spaces.give(who, self._shelf.terms.space, principal, role_of(level))
        self._house.database.run(lambda conn: standing.give(conn, account.user_id, level))


def _level(name: str, number: int) -> Level:
    """A level that may be given by this wire.

    Raises:
        RefusedError: it is none, or the administrator's.
    """
    if number == Level.ADMIN:
        wrong = MalformedError(
            "Administrators are made on the server.", advice="waystation user add NAME --admin"
        )
        raise _failed(name, wrong)
    if number not in set(Level):
        raise _failed(name, MalformedError(f"{number} is no level.", advice="Send 0 to 4."))
    return Level(number)


def _failed(name: str, why: WaystationError | None = None) -> RefusedError:
    told_: dict[str, object] = {"success": False, "username": name}
    if why is not None:
        told_ |= {"reason": why.sentence, "suggested_remedy": why.advice or "Try another one."}
    return RefusedError(400, told_)
