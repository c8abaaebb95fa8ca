"""Who asks, and what they may."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for; a token never can do more than its owner."""

    READ = "read"
    STAGE = "stage"
    WRITE = "write"


class IdentityKind(StrEnum):
    """Which other system calls an account by a name of its own."""

    X509 = "x509"


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Grant:
    """A caller who was recognised.

    Attributes:
        user_id: of the account.
        name: of the account.
        admin: may see and change what others own.
        groups: names of the groups it is in.
        scopes: what this token or session may be used for.
        token: name of the token, None for a browser session.
        expires: when the token ends.
        full_name: for people.
    """

    user_id: int
    name: str
    admin: bool
    groups: frozenset[str]
    scopes: frozenset[Scope]
    token: str | None = None
    expires: datetime | None = None
    full_name: str = ""

    def may_read(self, readers: tuple[str, ...]) -> bool:
        """Whether a list of group names (`*` is everyone) lets this caller in."""
        return self.admin or "*" in readers or not self.groups.isdisjoint(readers)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as its owner sees it; the secret is shown once, when it is made."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
