"""What can be asked about who somebody is."""

import ipaddress
from collections.abc import Collection, Sequence
from datetime import timedelta

from waystation.domains.accounts import store, tokens
from waystation.domains.accounts.entities import (
    DeviceInfo,
    Grant,
    IdentityKind,
    Place,
    Scope,
    TokenInfo,
    Verb,
)
from waystation.domains.accounts.queries import grant, matches, narrowed, stale, token_info
from waystation.kernel import trail
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.errors import (
    ConflictError,
    ForbiddenError,
    LimitReachedError,
    MalformedError,
    NotFoundError,
)
from waystation.kernel.tracing import Actor

_WINDOW = timedelta(minutes=10)
_PER_NAME, _PER_ADDRESS = 10, 30
_NAME_LENGTH = 100
LONGEST_JOB = timedelta(days=30)
MOST_PLACES = 20
_SCOPES = {
    Verb.READ: Scope.READ,
    Verb.LIST: Scope.READ,
    Verb.CREATE: Scope.WRITE,
    Verb.MODIFY: Scope.WRITE,
    Verb.DELETE: Scope.WRITE,
    Verb.STAGE: Scope.STAGE,
}
"""What an account's own credential must be good for, to hand it on."""
_AGENT_LENGTH = 300


class Accounts:
    """Accounts, tokens and sign-in."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def by_id(self, user_id: int) -> Grant | None:
        """All that an active account may do, None when there is none."""
        found = self._database.rows(store.user(user_id))
        return grant(found[0]) if found else None

    def names(self, user_ids: Collection[int]) -> dict[int, str]:
        """What accounts are called, by id; those that there are."""
        found = self._database.rows(store.names(list(user_ids)))
        return {int(str(row["id"])): str(row["username"]) for row in found}

    def is_group(self, name: str) -> bool:
        """Whether there is a group of that name."""
        return bool(self._database.rows(store.group(name)))

    def by_name(self, name: str) -> Grant | None:
        """All that the active account of that name may do, None when there is none."""
        found = self._database.rows(store.named(name))
        return self.by_id(int(str(found[0]["id"]))) if found else None

    def by_token(self, text: str) -> Grant | None:
        """The caller who holds a token, None when it is not good."""
        parsed = tokens.parsed(text)
        if parsed is None:
            return None
        found = self._database.rows(store.token(parsed[0], now=self._clock.now()))
        if not found or not matches(found[0], parsed[1]):
            return None
        owner = self._database.rows(store.user(int(str(found[0]["user_id"]))))
        if not owner:
            return None
        if stale(found[0], now=self._clock.now()):
            self.was_used(parsed[0])
        return narrowed(grant(owner[0]), found[0])

    def was_used(self, token_id: int) -> None:
        """Remember that a token was used just now; exact to an hour, as `stale` has it."""
        now = self._clock.now()
        self._database.run(lambda conn: store.used(conn, token_id, now=now))

    def by_subject(self, subject: str) -> Grant | None:
        """All that the account of a certificate's subject may do, None when it is nobody's.

        Args:
            subject: distinguished name as RFC 4514 text, as it was bound.
        """
        found = self._database.rows(store.by_subject(subject))
        return grant(found[0]) if found else None

    def by_token_subject(self, issuer: str, subject: str) -> Grant | None:
        """All that the account of an issuer's `sub` may do, None when it is nobody's."""
        found = self._database.rows(store.by_subject(f"{issuer} {subject}", IdentityKind.JWT))
        return grant(found[0]) if found else None

    def is_bound(self, issuer: str, subject: str) -> bool:
        """Whether an issuer's `sub` is some account's, also a suspended one's."""
        found = store.bound(f"{issuer} {subject}", IdentityKind.JWT)
        return bool(self._database.rows(found))

    def bind(self, name: str, subject: str, kind: IdentityKind = IdentityKind.X509) -> None:
        """Let who shows a certificate of this subject be that account. For operators.

        Args:
            name: of the account.
            subject: distinguished name; of a JWT `ISSUER SUB`.
            kind: which of them.

        Raises:
            NotFoundError: there is no account of that name.
            ConflictError: the subject is another account's; it is not taken from it silently.
        """
        user_id, now = self._named(name), self._clock.now()
        with self._database.transaction() as conn:
            whose = store.bind(conn, user_id=user_id, subject=subject, now=now, kind=kind)
            if whose == name:
                trail.record(conn, "identity.bind", name, now=now, subject=subject)
        if whose != name:
            raise ConflictError(
                f"{subject} belongs to the account {whose!r}.",
                advice=f"Take it from there first: waystation user dn {whose} --remove DN.",
            )

    def unbind(self, name: str, subject: str, kind: IdentityKind = IdentityKind.X509) -> None:
        """End that; every process forgets it at once. For operators.

        Raises:
            NotFoundError: there is no such account, or it has no such subject.
        """
        user_id = self._named(name)
        with self._database.transaction() as conn:
            if not store.unbind(conn, user_id=user_id, subject=subject, kind=kind):
                raise NotFoundError(f"The account {name!r} has no subject {subject}.")
            now = self._clock.now()
            trail.record(conn, "identity.unbind", name, now=now, subject=subject)

    def subjects(self, name: str) -> list[str]:
        """Certificate subjects of an account, oldest first. For operators.

        Raises:
            NotFoundError: there is no account of that name.
        """
        self._named(name)
        return [str(row["subject"]) for row in self._database.rows(store.subjects(name))]

    def new_token(
        self, who: Grant, *, name: str, scopes: frozenset[Scope], lifetime: timedelta | None
    ) -> str:
        """Make a token and return it as its owner will write it; it is not shown again.

        Raises:
            MalformedError: no name, or no scope, or more than the caller has.
        """
        if not scopes or not scopes <= who.scopes:
            raise MalformedError("Choose at least one scope, of those that you have yourself.")
        return self._made(who, name, lifetime, scopes=sorted(scopes))

    def new_job_token(
        self, who: Grant, *, name: str, places: Sequence[Place], lifetime: timedelta
    ) -> str:
        """Make a token for one job: good at these places only, for so long; shown this once.

        Args:
            who: it speaks for; it never may do more than this account may at that moment.
            name: what it is for, 1 to 100 characters.
            places: where it may do what.
            lifetime: at most `LONGEST_JOB`.

        Raises:
            MalformedError: no name, no place, no verb, too long, or more than the caller has.
            ForbiddenError: the caller's own credential is limited.
        """
        if who.limits is not None:
            raise ForbiddenError("A limited credential makes no other.")
        if not places or len(places) > MOST_PLACES or not all(place.verbs for place in places):
            raise MalformedError(
                f"A job's token is for 1 to {MOST_PLACES} places, with what may be done there."
            )
        if not timedelta() < lifetime <= LONGEST_JOB:
            raise MalformedError(f"A job's token is good for at most {LONGEST_JOB.days} days.")
        needed = {_SCOPES[verb] for place in places for verb in place.verbs}
        if not needed <= who.scopes:
            raise MalformedError("Your own token is not good for all of this.")
        return self._made(who, name, lifetime, places=places)

    def _made(
        self,
        who: Grant,
        name: str,
        lifetime: timedelta | None,
        *,
        scopes: Sequence[Scope] = (),
        places: Sequence[Place] = (),
    ) -> str:
        """A token in the table and in the trail, as its owner will write it."""
        label = name.strip()
        if not label or len(name) > _NAME_LENGTH:
            raise MalformedError("A token needs a name of 1 to 100 characters.")
        now, secret = self._clock.now(), tokens.make_secret()
        with self._database.transaction() as conn:
            token_id = store.add_token(
                conn,
                user_id=who.user_id,
                name=label,
                digest=tokens.digest(secret),
                scopes=list(scopes),
                now=now,
                expires=now + lifetime if lifetime else None,
                places=places,
            )
            thing = f"token {token_id} of {who.name}"
            at = [f"{each.space}:/{'/'.join(each.path)}" for each in places]
            good_for = ", ".join([*scopes, *at])
            trail.record(conn, "token.make", thing, now=now, name=label, good_for=good_for)
        return tokens.written(token_id, secret)

    def revoke(self, who: Grant, token_id: int, *, jobs: bool = False) -> None:
        """End a token of the caller's own; every process forgets it at once.

        Args:
            who: whose it is.
            token_id: of the token.
            jobs: only if it is one for a job.

        Raises:
            NotFoundError: the caller has no such token.
        """
        with self._database.transaction() as conn:
            if not store.drop_token(conn, user_id=who.user_id, token_id=token_id, jobs=jobs):
                raise NotFoundError("You have no such token.")
            thing = f"token {token_id} of {who.name}"
            trail.record(conn, "token.revoke", thing, now=self._clock.now())

    def tokens(self, who: Grant) -> list[TokenInfo]:
        """The caller's tokens, newest first."""
        return [token_info(row) for row in self._database.rows(store.tokens(who.user_id))]

    def may_try(self, *, name: str, address: str | None) -> None:
        """Ask before a password is checked.

        Raises:
            LimitReachedError: too many wrong ones for this name or from this address lately.
        """
        since = self._clock.now() - _WINDOW
        found = store.failures(name=name, network=network(address), since=since)
        counts = self._database.rows(found)[0]
        by_name, by_address = int(str(counts["by_name"])), int(str(counts["by_address"]))
        if by_name >= _PER_NAME or by_address >= _PER_ADDRESS:
            raise LimitReachedError(
                "Too many wrong passwords.", advice="Wait ten minutes, then try again."
            )

    def was_wrong(self, *, name: str, address: str | None) -> None:
        """Count a wrong password."""
        now, known = self._clock.now(), (address or "").partition("%")[0]
        with self._database.transaction() as conn:
            store.add_failure(
                conn, name=name[:150], address=known if network(known) else None, now=now
            )
            nobody = Actor(None, name[:150], "password")
            trail.record(conn, "sign-in", "the service", now=now, by=nobody, outcome=trail.REFUSED)

    def signed_in(
        self, who: Grant, *, digest: str, agent: str, address: str, by: str = "password"
    ) -> None:
        """Remember that somebody signed in with a browser.

        Args:
            who: signed in.
            digest: of the new session's key.
            agent: what the browser says that it is.
            address: of the client.
            by: how: `password`, or the other system that said who it is.
        """
        now = self._clock.now()
        with self._database.transaction() as conn:
            store.signed_in(
                conn,
                user_id=who.user_id,
                digest=digest,
                agent=agent.replace("\0", "")[:_AGENT_LENGTH],
                address=address,
                now=now,
            )
            actor = Actor(who.user_id, who.name, by)
            trail.record(conn, "sign-in", "the service", now=now, by=actor)

    def signed_out(self, who: Grant, *, digest: str) -> None:
        """Remember that the session of that digest was ended by its owner."""
        with self._database.transaction() as conn:
            trail.record(conn, "sign-out", "the service", now=self._clock.now(), by=who.actor)
            store.forget_device(conn, user_id=who.user_id, digest=digest)

    def seen(self, digest: str) -> None:
        """A browser is used still; say so now and then."""
        with self._database.transaction() as conn:
            store.seen(conn, digest, now=self._clock.now())

    def devices(self, who: Grant) -> list[DeviceInfo]:
        """Browsers in which the caller is signed in, last used first."""
        found = self._database.rows(store.devices(who.user_id, now=self._clock.now()))
        return [DeviceInfo(**row) for row in found]  # type: ignore[arg-type]

    def end_session(self, who: Grant, device_id: int) -> None:
        """Sign a browser of the caller's out; every process forgets it at once.

        Raises:
            NotFoundError: the caller has no such browser.
        """
        with self._database.transaction() as conn:
            if not store.end_sessions(conn, user_id=who.user_id, device_id=device_id):
                raise NotFoundError("You are not signed in there any more.")
            thing = f"browser {device_id} of {who.name}"
            trail.record(conn, "session.end", thing, now=self._clock.now(), by=who.actor)

    def suspend(self, who: Grant, name: str, *, why: str) -> None:
        """Close an account until it is resumed, in every process at once.

        Its sessions end, its tokens and certificates do not work, what it has under way is cut.

        Raises:
            ForbiddenError: the caller is no administrator, or means the own account.
            MalformedError: no reason is given.
            NotFoundError: there is no active account of that name.
        """
        need_admin(who)
        if who.name == name:
            raise ForbiddenError("You cannot suspend yourself.", advice="Ask another one.")
        if not why.strip():
            raise MalformedError("Say why.", advice="The reason is kept in the audit trail.")
        now = self._clock.now()
        with self._database.transaction() as conn:
            user_id = store.suspend(conn, name=name, by=who.name, why=why.strip(), now=now)
            if user_id is None:
                raise NotFoundError(f"There is no active account {name!r}.")
            store.end_sessions(conn, user_id=user_id)
            trail.record(conn, "account.suspend", name, now=now, by=who.actor, why=why.strip())

    def resume(self, who: Grant, name: str) -> None:
        """Open a suspended account again; its browsers must sign in anew.

        Raises:
            ForbiddenError: the caller is no administrator.
            NotFoundError: there is no suspended account of that name.
        """
        need_admin(who)
        now = self._clock.now()
        with self._database.transaction() as conn:
            user_id = store.resume(conn, name=name)
            if user_id is None:
                raise NotFoundError(f"There is no suspended account {name!r}.")
            store.tell(conn, user_id)
            trail.record(conn, "account.resume", name, now=now, by=who.actor)

    def _named(self, name: str) -> int:
        found = self._database.rows(store.named(name))
        if not found:
            raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
        return int(str(found[0]["id"]))


def need_admin(who: Grant) -> None:
    """Whether somebody may administer, with what the caller showed.

    Raises:
        ForbiddenError: no.
    """
    if not who.admin or Scope.WRITE not in who.scopes:
        raise ForbiddenError(
            "Only administrators may do this.", advice="A token needs the scope 'write' for it."
        )


def network(address: str | None) -> str | None:
    """Whom to count together: an IPv4 address, or the /64 that one customer has of IPv6.

    None for what is no address: a Unix socket has none.
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
