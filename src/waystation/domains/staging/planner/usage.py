"""Drive-seconds each owner has used, fading with time: the memory of fair share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

IDLE_S: Final = 60.0
"""Use of about a minute counts as none: a first-time owner would have endless weight else."""

FORGOTTEN_S: Final = 1e-3


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
    left = {owner: used * factor for owner, used in usage.seconds.items()}
    # Owners long gone are dropped, so that the table stays small.
    return Usage(now_s, {owner: used for owner, used in left.items() if used > FORGOTTEN_S})


def charge(usage: Usage, seconds: Mapping[str, float]) -> Usage:
    """Add drive-seconds (predicted at release; the difference to the observed ones at the end).

    A correction may be negative; an owner never falls below nothing.
    """
    total = dict(usage.seconds)
    for owner, used in seconds.items():
        total[owner] = max(0.0, total.get(owner, 0.0) + used)
    return Usage(usage.at_s, total)


def weights(usage: Usage, owners: set[str], shares: Mapping[str, float]) -> dict[str, float]:
    """What a waiting file of each owner counts: less, the more the owner used of its share lately.

    Falls with the square root of the use. Measured on TapeBench: the plain quotient serves light
    users 6 % sooner still in a burst, but at moderate load, when there is little to share out, it
    doubles everybody's mean wait. Owners who used nothing weigh 1.
    """
    return {
        owner: sqrt(IDLE_S / (usage.seconds.get(owner, 0.0) / share + IDLE_S))
        for owner in owners
        for share in (max(1e-6, shares.get(owner, 1.0)),)
    }
