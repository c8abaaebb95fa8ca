"""What people and programs see of transfers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """A shipment; `way` is `out` or `in`, `state` a word of `states.ShipmentState`.

    A `repair` is one that we asked for: bytes for damaged files of ours.
    """

    id: int
    way: str
    partner: str
    rule: str
    space: str
    target_space: str
    state: str
    engine: str
    words: str
    attention: bool
    files: int
    bytes: int
    waiting: int
    landed: int
    failed: int
    cancelled: int
    bytes_moved: int
    bytes_landed: int
    created: datetime
    finished: datetime | None
    repair: bool


@dataclass(frozen=True, slots=True)
class ShippedView:
    """A file of a shipment; `words` say why it failed."""

    n: int
    state: str
    path: str
    target: str
    size: int
    words: str


@dataclass(frozen=True, slots=True)
class PartnerView:
    """A partner, what goes to it and comes from it.

    Attributes:
        going, coming: shipments on their way.
        stuck: those that wait for a person.
        doubts: files that did not get through so far.
        sent_day, received_day: bytes that landed in the last 24 hours.
    """

    name: str
    kind: str
    url: str
    enabled: bool
    last_seen: datetime | None
    last_heard: datetime | None
    words: str
    going: int
    coming: int
    stuck: int
    doubts: int
    sent_day: int
    received_day: int


@dataclass(frozen=True, slots=True)
class CopyView:
    """Where a copy of one of our files is, and when the partner last said so."""

    partner: str
    space: str
    path: str
    landed: datetime
    verified: datetime


@dataclass(frozen=True, slots=True)
class RepairView:
    """A damaged file of ours, and what is done about it.

    Attributes:
        space, path: where it is.
        size: bytes that it should have.
        damage: what is wrong with it.
        words: what is done, or why nothing can be.
        partner: that was asked last; empty when none was.
        tries: how often partners were asked.
        due: when one is asked again.
    """

    space: str
    path: str
    size: int
    damage: str
    words: str
    partner: str
    tries: int
    due: datetime | None


@dataclass(frozen=True, slots=True)
class PartView:
    """What a rule would send to one partner.

    Attributes:
        partner: its name.
        files, bytes, largest: that it has not got; the last is the size of the largest file.
        rate: bytes a second of its last shipments; None before the first.
        seconds: how long it takes, by rate, hours and daily limit; None when that is not known.
        words: what else there is to know.
    """

    partner: str
    files: int
    bytes: int
    largest: int
    rate: float | None
    seconds: int | None
    words: str


@dataclass(frozen=True, slots=True)
class ShedView:
    """What a rule would take away here.

    Attributes:
        files, bytes: that would go now.
        young: files of it that have not rested for long enough.
        few: files that are old enough, but too few copies of them are known elsewhere.
        leaving: files that are old enough, but are on their way to somebody.
        words: the same for people.
    """

    files: int
    bytes: int
    young: int
    few: int
    leaving: int
    words: str


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What a rule would send, and take away.

    Attributes:
        rule: its name.
        files, bytes: to all partners together.
        complete: False when there are more files than were looked at.
        parts: by partner.
        shed: None of a rule that takes nothing away.
    """

    rule: str
    files: int
    bytes: int
    complete: bool
    parts: Sequence[PartView]
    shed: ShedView | None = None


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something that a person should look at: which thing, what kind of trouble, since when."""

    about: str
    kind: str
    since: datetime
    words: str
