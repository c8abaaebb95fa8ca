"""Drive-seconds each owner has used, fading with time: the memory of fair share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

IDLE_S = 60.0
"""Usage below about a minute counts as none: otherwise a first-time owner would have endless weight."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Decayed drive-seconds by owner, as of `at_s`."""

    at_s: float = 0.0
    seconds: Mapping[str, float] = field(default_factory=dict)


def decay(usage: Usage, now_s: float, half_life_s: float) -> Usage:
    """The usage as it counts at `now_s`: halved every `half_life_s`. Never goes back in time."""
    if now_s <= usage.at_s:
        return usage
    factor = 0.5 ** ((now_s - usage.at_s) / half_life_s)
    # Below a thousandth of a second an owner is forgotten, so that the table stays small.
    left = {owner: used * factor for owner, used in usage.seconds.items() if used * factor > 1e-3}
    return Usage(now_s, left)


def charge(usage: Usage, seconds: Mapping[str, float]) -> Usage:
    """Add drive-seconds (predicted at release; the difference to the observed ones at the end).

    A correction may be negative; an owner never falls below nothing.
    """
    total = dict(usage.seconds)
    for owner, used in seconds.items():
        total[owner] = max(0.0, total.get(owner, 0.0) + used)
    return Usage(usage.at_s, total)


def weights(usage: Usage, owners: set[str], shares: Mapping[str, float]) -> dict[str, float]:
    """What a waiting file of each owner counts: its share over what the owner used lately.

    Scaled so that owners who used nothing, with a share of 1, weigh 1.
    """
    return {
        owner: IDLE_S / (usage.seconds.get(owner, 0.0) / share + IDLE_S)
        for owner in owners
        for share in (max(1e-6, shares.get(owner, 1.0)),)
    }
