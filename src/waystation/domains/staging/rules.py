"""How the subject behaves here: numbers from the settings, frozen, handed in by bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.drive import PROFILES, DriveModel
from waystation.kernel.retry import Backoff


def no_callbacks(url: str) -> str | None:
    """Nobody may be called."""
    del url
    return "Callbacks are not switched on here."


@dataclass(frozen=True, slots=True)
class Rules:
    """What every step and service of staging goes by.

    Attributes:
        policy: which tape next.
        drive: model for estimates and plans.
        retry: of a file whose recall failed.
        resend: of a list that the tape system could not take now; it never gives up by itself.
        lease: who takes work and dies gives it back after this.
        poll: how often running lists are looked at.
        restage: a list without any news for so long is given up, its files are looked for again.
        request_lifetime: of a request without an expiry of its own.
        history: requests that ended are kept so long; nothing is for ever.
        fresh: a file seen on disk longer ago is looked at again before "complete" is said.
        settle: while files are still being looked for, no tape is chosen for files younger than
            this: lists are whole then, and a mount takes over a minute anyway.
        batch: most items or files a step takes at a time.
        in_flight_files: most files at the tape system at a time.
        reserve_bytes: free disk that recalls leave alone.
        callbacks: why a URL may not be called when a request has ended; None when it may.
    """

    policy: Policy = field(default_factory=Policy)
    drive: DriveModel = field(default_factory=lambda: PROFILES["L9"])
    retry: Backoff = field(
        default_factory=lambda: Backoff(timedelta(minutes=1), timedelta(hours=6), 5)
    )
    resend: Backoff = field(
        default_factory=lambda: Backoff(timedelta(seconds=5), timedelta(minutes=5), 2**31)
    )
    lease: timedelta = timedelta(minutes=5)
    poll: timedelta = timedelta(seconds=5)
    restage: timedelta = timedelta(hours=6)
    request_lifetime: timedelta = timedelta(days=30)
    history: timedelta = timedelta(0)
    fresh: timedelta = timedelta(minutes=1)
    settle: timedelta = timedelta(seconds=10)
    batch: int = 5_000
    in_flight_files: int = 200_000
    reserve_bytes: int = 0
    callbacks: Callable[[str], str | None] = no_callbacks

    @property
    def furthest(self) -> timedelta:
        """No moment to look at a list again is set further ahead than half of this.

        One beyond it was set before the machine's clock went back: it counts as due. The other
        half is for nodes whose clocks differ.
        """
        return 2 * max(self.lease, self.resend.ceiling, 2 * self.poll)
