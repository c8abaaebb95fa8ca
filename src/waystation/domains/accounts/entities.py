"""Who asks, and what they may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from waystation.kernel.tracing import Actor


class Scope(StrEnum):
    """What a token may be used for; a token never can do more than its owner."""

    READ = "read"
    STAGE = "stage"
    WRITE = "write"
    RUN = "run"


class Verb(StrEnum):
    """What can be done at a path of a space; a limited credential names those that it is for."""

    READ = "read"  # the bytes of files
    LIST = "list"  # what is in folders, and what is known of a file
    CREATE = "create"  # files and folders that are not there yet
    MODIFY = "modify"  # new content for a file that is there
    DELETE = "delete"  # into the trash; also the old name of what is moved
    STAGE = "stage"  # from tape to disk


class IdentityKind(StrEnum):
    """Which other system calls an account by a name of its own."""

    X509 = "x509"
    JWT = "jwt"


ALL_SCOPES = frozenset(Scope)


EVERY_SPACE = "*"
"""No space is called so."""
ADDRESSES = "/"
"""In place of a space: the path is that of an address, as the issuer of the token wrote it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A path, all that is below it, and what may be done there.

    Attributes:
        space: name of the space; `EVERY_SPACE` is each that the account has a role in,
            `ADDRESSES` none of them.
        path: names from its top, composed and without tricks; none is the whole space.
        verbs: what may be done.
    """

    space: str
    path: tuple[str, ...]
    verbs: frozenset[Verb]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a credential is for; whatever is not named it is not for.

    Attributes:
        places: where it may do what. A path in several of them may have the verbs of all.
        made_by: what limits it, for people: `token "job 17"`, `share 5`.
        admin: the account is an administrator: no role is asked, the limits are.
    """

    places: tuple[Place, ...]
    made_by: str
    admin: bool = False

    def leads(self, space: str, names: Sequence[str]) -> bool:
        """Whether a path is on the way to a place: that it is there may be known."""
        return any(
            place.space in {space, EVERY_SPACE}
            and len(place.path) > len(names)
            and place.path[: len(names)] == tuple(names)
            for place in self.places
        )

    def verbs(self, space: str, names: Sequence[str]) -> frozenset[Verb]:
        """What may be done at a path of a space."""
        return frozenset().union(
            *(
                place.verbs
                for place in self.places
                if place.space in {space, EVERY_SPACE}
                and tuple(names[: len(place.path)]) == place.path
            )
        )


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
        token_id: of the token; a capability made with it dies with it.
        limits: None for a credential that is good for all that its scopes say. With limits it has
            no scopes and is no administrator's: who does not ask for limits refuses it.
        via: how the caller was recognised, when it was neither a token nor a session.
    """

    user_id: int
    name: str
    admin: bool
    groups: frozenset[str]
    scopes: frozenset[Scope]
    token: str | None = None
    expires: datetime | None = None
    full_name: str = ""
    limits: Limits | None = None
    token_id: int | None = None
    via: str = ""

    @property
    def actor(self) -> Actor:
        """As the audit trail names the caller."""
        known = f"token {self.token}" if self.token else "session"
        return Actor(self.user_id, self.name, self.via or known)

    def may_read(self, readers: tuple[str, ...]) -> bool:
        """Whether a list of group names (`*` is everyone) lets this caller in."""
        return self.admin or "*" in readers or not self.groups.isdisjoint(readers)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as its owner sees it; the secret is shown once, when it is made.

    One with places is limited to them and has no scopes.
    """

    id: int
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    last_used: datetime | None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A browser that is signed in.

    Attributes:
        digest: of the session.
        agent: what the browser said that it is, when it signed in.
        address: from where it signed in.
    """

    id: int
    digest: str
    agent: str
    address: str
    created: datetime
    last_seen: datetime
