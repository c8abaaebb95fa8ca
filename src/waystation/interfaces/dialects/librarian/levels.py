"""The six levels of the wire, and whose level is which. Pure."""

from enum import IntEnum

from waystation.domains.hosting.door import Role


class Level(IntEnum):
    """What somebody may; each may also do what those below it may."""

    NONE = 0
    READONLY = 1
    CALLBACK = 2
    READAPPEND = 3
    READWRITE = 4
    ADMIN = 100


def level_of(*, admin: bool, role: Role, said: Level | None) -> Level:
    """The level of an account.

    Args:
        admin: it may administer the service, with what was shown.
        role: in the library's space.
        said: what it was given by `users/create` or `users/update`; it never goes beyond the role.
    """
    if admin:
        return Level.ADMIN
    if role is Role.NONE:
        return Level.NONE
    if role is Role.READER:
        return Level.CALLBACK if said is Level.CALLBACK else Level.READONLY
    if role >= Role.MANAGER or said is Level.READWRITE:
        return Level.READWRITE
    return Level.READAPPEND


def role_of(level: Level) -> Role:
    """The role in the space that a level needs."""
    if level is Level.NONE:
        return Role.NONE
    return Role.READER if level <= Level.CALLBACK else Role.WRITER
