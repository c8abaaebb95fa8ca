"""What a mount decision and a forecast look at: waiting totals, idle drives, use and shares."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from waystation.domains.staging.controller import totals
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.choice import Policy
from waystation.domains.staging.planner.totals import TapeTotals
from waystation.domains.staging.planner.usage import Usage
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import number, text

DRIVES_SEEN_WITHIN = timedelta(minutes=1)
"""An older look at the drives says nothing of what is in them now."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything known at one moment; owners are named by their id, also in `policy.shares`."""

    tapes: list[TapeTotals]
    usage: Usage
    policy: Policy
    open_lists: int


def look(post: Post) -> Sight:
    """The totals, with what the drives hold and what can be ordered; never a row a file."""
    picture = totals.read(post)
    fresh = post.clock.now() - DRIVES_SEEN_WITHIN
    idle = post.database.rows(planning.idle(post.name, fresh=fresh))
    mounted = {text(row, "tape") for row in idle}
    able = post.backend.capabilities
    orders = able.sees_position and able.keeps_order
    for tape in picture.tapes:
        tape.mounted = tape.tape in mounted and not tape.busy
        tape.serpentine = orders and post.geometry(tape.tape, ()).trusted
    policy = replace(post.rules.policy, shares=_by_id(post, post.rules.policy.shares))
    return Sight(picture.tapes, picture.usage, policy, picture.open_lists)


def _by_id(post: Post, shares: Mapping[str, float]) -> dict[str, float]:
    """Shares are set by account name, totals and use are kept by account id."""
    if not shares:
        return {}
    known = post.database.rows(planning.accounts(list(shares)))
    return {str(number(row, "id")): shares[text(row, "username")] for row in known}
