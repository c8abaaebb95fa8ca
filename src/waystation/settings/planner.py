"""The settings of the planner of tapes."""

from typing import Annotated, Literal

from pydantic import Field

from waystation.settings.section import Seconds, Section


class Planner(Section):
    """Which tape next."""

    policy: Literal["fair", "efficiency"] = "fair"
    """`fair` divides by decayed drive time of each owner; `efficiency` does not."""
    tau_s: Seconds = 3600.0
    """A file's weight doubles after waiting this long."""
    guard_s: Seconds = 86_400.0
    """A tape whose oldest file waits longer goes first, whatever the rest."""
    half_life_s: Seconds = 7200.0
    """How quickly used drive time is forgotten."""
    shares: dict[str, float] = Field(default_factory=dict)
    """Weight by account name; others have 1."""
    profile: Literal["L9", "L9slow", "L9fast", "L7M"] = "L9"
    """Drive model used for estimates."""
    drive: dict[str, float] = Field(default_factory=dict)
    """Numbers of the drive model that differ at your site, e.g. `{ rate_bytes_s = 4e8 }`."""
    mounts_per_day: Annotated[int, Field(ge=0)] = 0
    """Mount budget against tape wear; beyond it lists are collected first. 0 is no budget."""
    restage_s: Seconds = 21_600.0
    """A list without any news for so long is given up; its files are looked for again. Tape
    systems may have a time of their own, `restage_s`."""
    request_lifetime_s: Seconds = 30 * 86_400.0
    """A request without `expires` is given up after this."""
    history_days: Annotated[float, Field(ge=0, le=36_500)] = 0.0
    """Requests that ended are forgotten after so long, with their files and events, once nothing
    of them is held on disk; 0 is never. An external id is free again, and dialects forget their
    notes of them."""
    fresh_s: Seconds = 60.0
    """An online file seen on disk longer ago is looked at again before "complete" is said."""
    lease_s: Seconds = 300.0
    """What a worker took and did not finish (it was killed) is taken by another after this."""
    attempts: Annotated[int, Field(ge=1)] = 5
    """Tries of one file before it is called failed."""
    backoff_first_s: Seconds = 60.0
    """Wait after the first failure; doubles each time, to six hours at most."""
