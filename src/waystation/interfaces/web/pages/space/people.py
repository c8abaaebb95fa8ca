"""Who has a role in a space: as people say it, and as the service does."""

from collections.abc import Mapping
from dataclasses import dataclass

from waystation.domains.hosting.door import ANYONE, SIGNED_IN, Role
from waystation.interfaces.services import Services
from waystation.kernel.errors import MalformedError, NotFoundError

KINDS = (
    ("person", "the person"),
    ("group", "the group"),
    (SIGNED_IN, "everybody who signed in"),
    (ANYONE, "anybody, also without an account"),
)
ROLES = (
    (Role.READER, "may look"),
    (Role.WRITER, "may change files"),
    (Role.MANAGER, "manages"),
    (Role.OWNER, "owns"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who has a role.

    Attributes:
        principal: as the service says it.
        words: as people do.
        role: that is given.
        does: what the role may, in words.
        owner: the space is charged to this account; the role stays.
    """

    principal: str
    words: str
    role: Role
    does: str
    owner: bool


def members(house: Services, roles: Mapping[str, Role], owner_id: int) -> list[Member]:
    """All of a space, best role first."""
    ids = {int(p.removeprefix("user:")) for p in roles if p.startswith("user:")}
    names = house.accounts.names(ids)
    does = dict(ROLES)
    return [
        Member(
            principal, _words(principal, names), role, does[role], principal == f"user:{owner_id}"
        )
        for principal, role in roles.items()
    ]


def principal(house: Services, kind: str, name: str) -> str:
    """Whom a form means.

    Raises:
        NotFoundError: there is no such account or group.
        MalformedError: the form says nobody.
    """
    name = name.strip()
    if kind in {SIGNED_IN, ANYONE}:
        return kind
    if kind == "group" and name:
        if not house.accounts.is_group(name):
            raise NotFoundError(f"There is no group {name!r}.", advice="Look at its spelling.")
        return f"group:{name}"
    if kind != "person" or not name:
        raise MalformedError("Who is meant?", advice="Write the name of an account or a group.")
    found = house.accounts.by_name(name)
    if found is None:
        raise NotFoundError(f"There is no account {name!r}.", advice="Look at its spelling.")
    return f"user:{found.user_id}"


def _words(principal_: str, names: Mapping[int, str]) -> str:
    kind, _, name = principal_.partition(":")
    if kind == "user":
        return names.get(int(name), "somebody who left")
    return f"the group {name}" if kind == "group" else dict(KINDS)[principal_]
