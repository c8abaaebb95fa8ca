"""Frozen words of the subject."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """How a message travels."""

    WEBHOOK = "webhook"  # HTTP POST to a URL
    KAFKA = "kafka"  # a topic of the house's own broker
    MAIL = "mail"  # an address
    SLACK = "slack"  # HTTP POST to a URL that takes {"text": ...}: Slack, Mattermost, Rocket.Chat


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the words that its receiver understands.

    Attributes:
        body: text, UTF-8.
        media: its MIME type.
        subject: one line, for couriers that have such (mail), and the key of a Kafka message.
        credential: name of the credential that the courier may add; empty is none. A courier
            gives it only to hosts that the settings name for it.
    """

    body: str
    media: str = "application/json"
    subject: str = ""
    credential: str = ""


Facts = Mapping[str, object]
Wording = Callable[[str, Facts], Letter | None]
"""(topic, facts) to a letter in a dialect's own words; None: it says nothing about that."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery as a courier gets it.

    Attributes:
        id: the same at every try: receivers may use it to fold doubles.
        target: URL, topic or address.
        owner_id: whose request it is about; signs webhooks with the owner's own secret.
        tries: before this one.
    """

    id: int
    kind: Kind
    target: str
    owner_id: int
    letter: Letter
    tries: int
    created: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    """How receivers are treated.

    Attributes:
        first: wait after the first failure; doubles.
        ceiling: longest wait.
        lifetime: given up after this long.
        lease: who took a receiver and died gives it back after this.
    """

    first: timedelta = timedelta(seconds=15)
    ceiling: timedelta = timedelta(seconds=600)
    lifetime: timedelta = timedelta(days=14)
    lease: timedelta = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery for people."""

    id: int
    kind: str
    target: str
    topic: str
    about: str
    state: str
    tries: int
    created: datetime
    next_try: datetime | None
    sent: datetime | None
    error: str | None
    body: str = field(default="")
