"""What can be asked about accounts and groups by those who look after them."""

import hashlib
import re
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from waystation.domains.accounts.door import Grant, IdentityKind, Scope, bind, need_admin, tell
from waystation.domains.people.entities import AccountView, GroupView, Invited
from waystation.domains.people.store import accounts as store
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Connection, Database
from waystation.kernel.errors import ConflictError, MalformedError, NotFoundError
from waystation.kernel.tracing import Actor

INVITED_FOR = timedelta(days=7)
_NAME = re.compile(r"[\w.@+-]{1,150}")
_LONGEST = 150


class People:
    """Accounts and groups."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def accounts(
        self, who: Grant, *, part: str = "", after: str = "", limit: int = 100
    ) -> list[AccountView]:
        """Accounts by name, from behind one on; for administrators."""
        need_admin(who)
        found = store.accounts(part=part, after=after, limit=limit, now=self._clock.now())
        return [store.read_account(row) for row in self._database.rows(found)]

    def make(self, who: Grant, *, name: str, full_name: str = "", email: str = "") -> str:
        """Make an account; the secret of the link by which its owner chooses a password.

        Raises:
            ForbiddenError: the caller is no administrator.
            MalformedError: a name that cannot be.
            ConflictError: the name is taken.
        """
        need_admin(who)
        if not _NAME.fullmatch(name) or len(full_name) > _LONGEST or len(email) > _LONGEST:
            raise MalformedError(
                "An account is named by 1 to 150 letters, digits and @ . + - _",
                advice="Full name and mail address have at most 150 characters.",
            )
        now = self._clock.now()

        def work(conn: Connection) -> str:
            made = store.add(conn, name=name, full_name=full_name, email=email, now=now)
            if made is None:
                raise ConflictError(f"There is an account {name!r} already.")
            trail.record(conn, "account.make", name, now=now, by=who.actor)
            return self._invite(conn, who, made, name)

        return self._database.run(work)

    def come(self, name: str, full_name: str, email: str, *, issuer: str, subject: str) -> None:
        """Make an account for somebody whom another system names and a rule lets in.

        Raises:
            MalformedError: a name that cannot be.
            ConflictError: the name is somebody's here; it is not taken over silently.
        """
        if not _NAME.fullmatch(name):
            raise MalformedError(
                "You come without a name that an account can have.", advice="Ask the operators."
            )
        now = self._clock.now()

        def work(conn: Connection) -> None:
            made = store.add(
                conn, name=name, full_name=full_name[:_LONGEST], email=email[:_LONGEST], now=now
            )
            if made is None:
                raise ConflictError(
                    f"There is an account {name!r} here already.",
                    advice=f"Is it yours? Send the operators this line: {issuer} {subject}",
                )
            named = f"{issuer} {subject}"
            bind(conn, user_id=made, subject=named, now=now, kind=IdentityKind.JWT)
            owner = Actor(made, name, issuer)
            trail.record(conn, "account.make", name, now=now, by=owner, subject=named)

        self._database.run(work)

    def invite(self, who: Grant, name: str) -> str:
        """Make a new link for an account whose owner needs a password; its secret.

        Raises:
            ForbiddenError: the caller is no administrator.
            NotFoundError: there is no account of that name.
        """
        need_admin(who)

        def work(conn: Connection) -> str:
            return self._invite(conn, who, _account(conn, name), name)

        return self._database.run(work)

    def invited(self, secret: str) -> Invited:
        """Whom a link is for.

        Raises:
            NotFoundError: it was used, is over, or never was.
        """
        found = self._database.rows(store.invited(_digest(secret), now=self._clock.now()))
        if not found:
            raise NotFoundError(
                "This link is not good any more.", advice="Ask the operators for a new one."
            )
        return store.read_invited(found[0])

    def accept(self, secret: str, password: str) -> Invited:
        """Give the account of a link the password that its owner chose; the link is used up.

        Raises:
            NotFoundError: see `invited`.
            MalformedError: the password is too weak; the link stays good.
        """
        whom = self.invited(secret)
        try:
            validate_password(password)
        except ValidationError as weak:
            raise MalformedError(" ".join(weak.messages)) from weak
        hashed, now = make_password(password), self._clock.now()

        def work(conn: Connection) -> None:
            if store.use(conn, _digest(secret), password=hashed, now=now) is None:
                raise NotFoundError("This link was used meanwhile.")
            tell(conn, whom.user_id)
            owner = Actor(whom.user_id, whom.name, "invitation")
            trail.record(conn, "account.password", whom.name, now=now, by=owner)

        self._database.run(work)
        return whom

    def choose(self, who: Grant, name: str, password: str) -> None:
        """Give an account another password: one's own, or for an administrator anybody's.

        Who it was must be proved by the mouth: a credential alone does not change a password.

        Raises:
            ForbiddenError: it is another's, and the caller is no administrator.
            MalformedError: the password is too weak.
            NotFoundError: there is no account of that name.
        """
        if who.name != name:
            need_admin(who)
        try:
            validate_password(password)
        except ValidationError as weak:
            raise MalformedError(" ".join(weak.messages)) from weak
        hashed, now = make_password(password), self._clock.now()

        def work(conn: Connection) -> None:
            user_id = _account(conn, name)
            store.password(conn, user_id, hashed)
            tell(conn, user_id)
            trail.record(conn, "account.password", name, now=now, by=who.actor)

        self._database.run(work)

    def groups(self, who: Grant, *, after: str = "", limit: int = 100) -> list[GroupView]:
        """Groups that the caller manages; all for an administrator."""
        manager = None if who.admin else who.user_id
        found = self._database.rows(store.groups(manager=manager, after=after, limit=limit))
        return [store.read_group(row) for row in found]

    def make_group(self, who: Grant, name: str) -> None:
        """Make a group; administrators only.

        Raises:
            MalformedError: a name that cannot be.
            ConflictError: the name is taken.
        """
        need_admin(who)
        if not _NAME.fullmatch(name):
            raise MalformedError("A group is named by 1 to 150 letters, digits and @ . + - _")
        now = self._clock.now()

        def work(conn: Connection) -> None:
            if not store.add_group(conn, name):
                raise ConflictError(f"There is a group {name!r} already.")
            trail.record(conn, "group.make", name, now=now, by=who.actor)

        self._database.run(work)

    def put_in(self, who: Grant, group: str, name: str) -> None:
        """Put an account into a group; its manager or an administrator.

        Raises:
            NotFoundError: no such account, or no such group for the caller.
        """

        def work(conn: Connection) -> None:
            group_id, user_id = self._group(conn, who, group), _account(conn, name)
            store.put_in(conn, group_id, [user_id])
            tell(conn, user_id)
            now = self._clock.now()
            trail.record(conn, "group.add", group, now=now, by=who.actor, account=name)

        self._database.run(work)

    def take_out(self, who: Grant, group: str, name: str) -> None:
        """Take an account out of a group; what it may by it ends at once.

        Raises:
            NotFoundError: it is not in it, or no such group for the caller.
        """

        def work(conn: Connection) -> None:
            group_id, user_id = self._group(conn, who, group), _account(conn, name)
            if not store.take_out(conn, group_id, user_id):
                raise NotFoundError(f"{name} is not in {group}.")
            tell(conn, user_id)
            now = self._clock.now()
            trail.record(conn, "group.remove", group, now=now, by=who.actor, account=name)

        self._database.run(work)

    def manage(self, who: Grant, group: str, name: str, *, may: bool) -> None:
        """Let an account manage a group, or no more; administrators only.

        Raises:
            NotFoundError: no such account or group.
        """
        need_admin(who)

        def work(conn: Connection) -> None:
            group_id, user_id = self._group(conn, who, group), _account(conn, name)
            store.manage(conn, group_id, user_id, may=may)
            now = self._clock.now()
            trail.record(conn, "group.manage", group, now=now, by=who.actor, account=name, may=may)

        self._database.run(work)

    def _invite(self, conn: Connection, who: Grant, user_id: int, name: str) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        store.invite(
            conn,
            user_id=user_id,
            digest=_digest(secret),
            by=who.name,
            now=now,
            expires=now + INVITED_FOR,
        )
        trail.record(conn, "account.invite", name, now=now, by=who.actor)
        return secret

    def _group(self, conn: Connection, who: Grant, name: str) -> int:
        manager = None if who.admin else who.user_id
        found = store.group(conn, name, manager=manager)
        if found is None or Scope.WRITE not in who.scopes:
            raise NotFoundError(f"There is no group {name!r} that you manage.")
        return found


def _account(conn: Connection, name: str) -> int:
    found = store.account(conn, name)
    if found is None:
        raise NotFoundError(f"There is no account {name!r}.")
    return found


def _digest(secret: str) -> bytes:
    """Of 256 random bits one SHA-256 will do."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
