"""Words of people."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as administrators see it.

    Attributes:
        active: it may be used.
        suspended, suspended_by, suspended_why: since when it may not, and why.
        last_login: by a password or another system, in a browser.
        invited: a link waits for its owner until then.
    """

    name: str
    full_name: str
    email: str
    admin: bool
    active: bool
    suspended: datetime | None
    suspended_by: str
    suspended_why: str
    groups: list[str]
    last_login: datetime | None
    invited: datetime | None


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with the names of some who are in it, and of all who manage it."""

    name: str
    size: int
    members: list[str]
    managers: list[str]


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link is for."""

    user_id: int
    name: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A version of the acceptable-use policy."""

    version: int
    text: str
    by: str
    created: datetime
