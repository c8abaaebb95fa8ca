"""The one interface between the simulated library and whoever decides: a peer, our planner in
memory, or the whole product over its database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Recall:
    """One file asked for; `id` is its number in the trace."""

    id: int
    tape: str
    start: int
    length: int
    user: str
    arrived_s: float


@dataclass(frozen=True, slots=True)
class Release:
    """A list handed to the library: recalls of one tape, in order.

    `order` "block" lets the library sort by position, "given" keeps ours.
    """

    tape: str
    ids: Sequence[int]
    order: Literal["given", "block"] = "given"


class Scheduler(Protocol):
    """Decides what each free drive does. Told of everything, in virtual time."""

    def on_arrivals(self, batch: Sequence[Recall], now: float) -> None:
        """New recalls; nothing is to be returned, drives ask for themselves."""

    def on_free_drive(self, now: float, idle: Sequence[str | None]) -> Release | None:
        """A list for a free drive, or None to leave it idle for now.

        `idle` are the tapes in the free drives (None for an empty one). Asked again after every
        arrival, end of a list and wake-up, as long as a drive is free.
        """

    def on_done(self, release: Release, now: float) -> None:
        """Every file of a released list has been read."""

    def wake_at(self, now: float) -> float | None:
        """When to be asked again though nothing happens; None if that would change nothing."""


@runtime_checkable
class Watcher(Scheduler, Protocol):
    """A scheduler that looks at running lists too, as a service does that tells people.

    Its `wake_at` is asked for also while every drive works.
    """

    def on_reads(self, ids: Sequence[int], now: float) -> None:
        """These recalls are on disk."""

    def on_wake(self, now: float) -> None:
        """The moment of `wake_at`, or a later one, has come."""
