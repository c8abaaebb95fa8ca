"""When to try again, and how long to wait before: pure, so that it can be reasoned about."""

import random
from dataclasses import dataclass

_RANDOM = random.SystemRandom()
RETRIED_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with full jitter.

    Full jitter (a uniform draw below the exponential bound) keeps a crowd of clients that lost
    the same server from coming back at once; see "Exponential Backoff And Jitter", M. Brooker,
    AWS Architecture Blog, 2015.

    Attributes:
        attempts: How often to try in all.
        first_s: Bound of the first pause, seconds; doubles each time.
        most_s: No bound grows above this, seconds; also caps a server's Retry-After.
    """

    attempts: int = 5
    first_s: float = 0.5
    most_s: float = 8.0

    def pause_s(self, attempt: int, retry_after: str | None = None) -> float:
        """Return the seconds to wait after failed attempt number `attempt` (from 1)."""
        if retry_after is not None and retry_after.isdigit():
            return min(float(retry_after), self.most_s)
        bound = min(self.first_s * float(1 << (attempt - 1)), self.most_s)
        return bound * (0.1 + 0.9 * _RANDOM.random())
