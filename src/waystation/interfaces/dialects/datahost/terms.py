"""How the old Data Host is spoken here."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator decided.

    Attributes:
        space: name of the space of an account; `{user}` stands for its name.
        session: how long a sign-in by password is good.
        plain_password: passwords are taken over plain HTTP from anywhere.
    """

    space: str
    session: timedelta
    plain_password: bool
