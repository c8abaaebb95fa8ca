"""What can be asked about who somebody is."""

from collections.abc import Collection
from datetime import datetime, timedelta

from waystation.domains.accounts import store, tokens
from waystation.domains.accounts.entities import ALL_SCOPES, Grant, Scope, TokenInfo
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database, Row
from waystation.kernel.errors import (
    ConflictError,
    LimitReachedError,
    MalformedError,
    NotFoundError,
)

_WINDOW = timedelta(minutes=10)
_PER_NAME, _PER_ADDRESS = 10, 30
_NAME_LENGTH = 100


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
        return narrowed(grant(owner[0]), found[0]) if owner else None

    def by_subject(self, subject: str) -> Grant | None:
        """All that the account of a certificate's subject may do, None when it is nobody's.

        Args:
            subject: distinguished name as RFC 4514 text, as it was bound.
        """
        found = self._database.rows(store.by_subject(subject))
        return grant(found[0]) if found else None

    def bind(self, name: str, subject: str) -> None:
        """Let who shows a certificate of this subject be that account. For operators.

        Raises:
            NotFoundError: there is no account of that name.
            ConflictError: the subject is another account's; it is not taken from it silently.
        """
        user_id = self._named(name)
        with self._database.transaction() as conn:
            whose = store.bind(conn, user_id=user_id, subject=subject, now=self._clock.now())
        if whose != name:
            raise ConflictError(
                f"{subject} belongs to the account {whose!r}.",
                advice=f"Take it from there first: waystation user dn {whose} --remove DN.",
            )

    def unbind(self, name: str, subject: str) -> None:
        """End that; every process forgets it at once. For operators.

        Raises:
            NotFoundError: there is no such account, or it has no such subject.
        """
        user_id = self._named(name)
        with self._database.transaction() as conn:
            if not store.unbind(conn, user_id=user_id, subject=subject):
                raise NotFoundError(f"The account {name!r} has no subject {subject}.")

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
        if not name.strip() or len(name) > _NAME_LENGTH:
            raise MalformedError("A token needs a name of 1 to 100 characters.")
        if not scopes or not scopes <= who.scopes:
            raise MalformedError("Choose at least one scope, of those that you have yourself.")
        now, secret = self._clock.now(), tokens.make_secret()
        with self._database.transaction() as conn:
            token_id = store.add_token(
                conn,
                user_id=who.user_id,
                name=name.strip(),
                digest=tokens.digest(secret),
                scopes=sorted(scopes),
                now=now,
                expires=now + lifetime if lifetime else None,
            )
        return tokens.written(token_id, secret)

    def revoke(self, who: Grant, token_id: int) -> None:
        """End a token of the caller's own; every process forgets it at once.

        Raises:
            NotFoundError: the caller has no such token.
        """
        with self._database.transaction() as conn:
            if not store.drop_token(conn, user_id=who.user_id, token_id=token_id):
                raise NotFoundError("You have no such token.")

    def tokens(self, who: Grant) -> list[TokenInfo]:
        """The caller's tokens, newest first."""
        return [_info(row) for row in self._database.rows(store.tokens(who.user_id))]

    def may_try(self, *, name: str, address: str | None) -> None:
        """Ask before a password is checked.

        Raises:
            LimitReachedError: too many wrong ones for this name or from this address lately.
        """
        since = self._clock.now() - _WINDOW
        counts = self._database.rows(store.failures(name=name, address=address, since=since))[0]
        by_name, by_address = int(str(counts["by_name"])), int(str(counts["by_address"]))
        if by_name >= _PER_NAME or by_address >= _PER_ADDRESS:
            raise LimitReachedError(
                "Too many wrong passwords.", advice="Wait ten minutes, then try again."
            )

    def was_wrong(self, *, name: str, address: str | None) -> None:
        """Count a wrong password."""
        with self._database.transaction() as conn:
            store.add_failure(conn, name=name[:150], address=address, now=self._clock.now())

    def _named(self, name: str) -> int:
        found = self._database.rows(store.named(name))
        if not found:
            raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
        return int(str(found[0]["id"]))


def grant(row: Row) -> Grant:
    """All that an account may do, from its row."""
    return Grant(
        user_id=int(str(row["id"])),
        name=str(row["username"]),
        full_name=f"{row['first_name']} {row['last_name']}".strip(),
        admin=bool(row["is_superuser"]),
        groups=store.row_groups(row),
        scopes=ALL_SCOPES,
    )


def narrowed(owner: Grant, row: Row) -> Grant:
    """What is left of an owner's rights for a token's row."""
    given = row["scopes"]
    expires = row["expires"]
    scopes = frozenset(Scope(s) for s in given) if isinstance(given, list) else frozenset()
    return Grant(
        user_id=owner.user_id,
        name=owner.name,
        full_name=owner.full_name,
        admin=owner.admin,
        groups=owner.groups,
        scopes=scopes & owner.scopes,
        token=str(row["name"]),
        expires=expires if isinstance(expires, datetime) else None,
    )


def matches(row: Row, secret: str) -> bool:
    """Whether a secret is that of a token's row, in constant time."""
    stored = row["digest"]
    return isinstance(stored, bytes) and tokens.same(secret, stored)


def _info(row: Row) -> TokenInfo:
    scopes = row["scopes"]
    moments = [row[name] for name in ("created", "expires", "last_used")]
    created, expires, last_used = (m if isinstance(m, datetime) else None for m in moments)
    assert created is not None
    return TokenInfo(
        id=int(str(row["id"])),
        name=str(row["name"]),
        scopes=tuple(str(s) for s in scopes) if isinstance(scopes, list) else (),
        created=created,
        expires=expires,
        last_used=last_used,
    )
