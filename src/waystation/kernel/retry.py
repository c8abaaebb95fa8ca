"""When to try again: exponential back-off with an end."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """A retry policy.

    Attributes:
        first: wait after the first failure.
        ceiling: no wait is longer.
        tries: after this many attempts `delay` answers None: give up.
    """

    first: timedelta
    ceiling: timedelta
    tries: int

    def delay(self, tried: int) -> timedelta | None:
        """How long to wait after `tried` failed attempts (1 = the first), or None to give up."""
        if tried >= self.tries:
            return None
        doubled = 1 << max(0, min(tried - 1, 30))
        # Compared before it is multiplied: a day doubled thirty times is no length of time.
        return self.ceiling if self.first > self.ceiling / doubled else self.first * doubled
