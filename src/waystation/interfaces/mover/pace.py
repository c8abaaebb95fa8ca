"""How long the mover is patient with somebody, and no longer."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic


class TooSlowError(ConnectionError):
    """Who asked takes the bytes so slowly that others would wait for the place."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of the port.

    Attributes:
        connections: at a time; more wait in the kernel's queue.
        head_s: the head of a request must be whole so long after its begin; whoever dribbles it
            letter by letter gains nothing. The same for a handshake, and between two requests.
        window_s, least: so many bytes must go out in each such time.
        drain_s: downloads go on for so long when the port closes.
    """

    connections: int = 256
    head_s: float = 15.0
    window_s: float = 60.0
    least: int = 65_536
    drain_s: float = 10.0


class Pace:
    """Watches one answer: as long as enough goes out in each window it may last for hours."""

    def __init__(self, patience: Patience, now: Callable[[], float] = monotonic) -> None:
        self._patience = patience
        self._now = now
        self._until = now() + patience.window_s
        self._sent = 0

    def left_s(self) -> float:
        """Until the window ends.

        Raises:
            TooSlowError: it has ended, with too little sent.
        """
        left = self._until - self._now()
        if left > 0:
            return left
        if self._sent < self._patience.least:
            raise TooSlowError(f"{self._sent} bytes in {self._patience.window_s:.0f} s")
        self._until, self._sent = self._now() + self._patience.window_s, 0
        return self._patience.window_s

    def sent(self, count: int) -> None:
        """So many bytes more went out."""
        self._sent += count
