"""Words of messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

EVERYONE = "everyone"


class Severity(IntEnum):
    """How loud; the loudest are shown first."""

    NOTICE = 0
    WARNING = 1
    URGENT = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be told.

    Attributes:
        text: plain text.
        severity: how loud.
        audience: `everyone`, `group:NAME` or `user:NAME`.
        shown_from, shown_until: when it is shown; None is from now on, and until it is withdrawn.
        down_from, down_until: of a scheduled downtime, both or none.
        dismissible: people may put it away.
    """

    text: str
    severity: Severity = Severity.NOTICE
    audience: str = EVERYONE
    shown_from: datetime | None = None
    shown_until: datetime | None = None
    down_from: datetime | None = None
    down_until: datetime | None = None
    dismissible: bool = True


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as people see it; `severity` is a word."""

    id: int
    text: str
    severity: str
    audience: str
    shown_from: datetime
    shown_until: datetime | None
    down_from: datetime | None
    down_until: datetime | None
    dismissible: bool
    by: str
    created: datetime
    withdrawn: datetime | None
