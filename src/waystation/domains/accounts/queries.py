"""What rows say: who a caller is, and what is left of that for a token."""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from waystation.domains.accounts import store, tokens
from waystation.domains.accounts.entities import (
    ALL_SCOPES,
    Grant,
    Limits,
    Place,
    Scope,
    TokenInfo,
)
from waystation.kernel.database import Database, Row


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
    narrow = replace(
        owner,
        scopes=scopes & owner.scopes,
        token=str(row["name"]),
        token_id=int(str(row["id"])),
        expires=expires if isinstance(expires, datetime) else None,
    )
    places = store.row_places(row)
    return limited(narrow, places, made_by=f"the token {row['name']!r}") if places else narrow


def limited(
    owner: Grant, places: Sequence[Place], *, made_by: str, expires: datetime | None = None
) -> Grant:
    """What is left of an owner's rights for a credential that is for some places only.

    Args:
        owner: whose credential it is, unlimited.
        places: where it may do what; none is nowhere.
        made_by: what limits it, for people.
        expires: when it ends; None is when the owner's does.
    """
    assert owner.limits is None, "limits of limits are worked out by whoever reads them"
    limits = Limits(tuple(places), made_by, admin=owner.admin)
    return replace(
        owner,
        admin=False,
        scopes=frozenset(),
        limits=limits,
        expires=expires if expires is not None else owner.expires,
    )


def matches(row: Row, secret: str) -> bool:
    """Whether a secret is that of a token's row, in constant time."""
    stored = row["digest"]
    return isinstance(stored, bytes) and tokens.same(secret, stored)


def signer(
    database: Database, token_id: int, message: bytes, signature: str, *, now: datetime
) -> Grant | None:
    """Whose token signed a message, see `tokens.sign`; None when none that is good now did."""
    found = database.rows(store.token(token_id, now=now))
    stored = found[0]["digest"] if found else None
    if not isinstance(stored, bytes):
        return None
    if not hmac.compare_digest(tokens.signature(stored, message), signature):
        return None
    owner = database.rows(store.user(int(str(found[0]["user_id"]))))
    return narrowed(grant(owner[0]), found[0]) if owner else None


def stale(row: Row, *, now: datetime) -> bool:
    """Whether it is not yet known that a token of this row was used in the last hour."""
    last = row["last_used"]
    return not isinstance(last, datetime) or last < now - store.USE_NOTED


def token_info(row: Row) -> TokenInfo:
    """A token as its owner sees it."""
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
        places=store.row_places(row),
    )
