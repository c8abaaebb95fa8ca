"""The running totals of one tape system as the planner wants them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.totals import OwnerTotals, TapeTotals
from waystation.domains.staging.planner.usage import Usage
from waystation.domains.staging.queries import planning


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything a mount decision looks at."""

    tapes: list[TapeTotals]
    usage: Usage
    open_lists: int


def read(post: Post) -> Picture:
    """From the totals table, the open lists and the usage: O(tapes x owners), never O(files)."""
    now = post.clock.now()
    opened = post.database.rows(planning.open_lists(post.name))
    busy = {str(row["tape"]) for row in opened} if post.backend.capabilities.sees_tape else set()
    used = post.database.rows(
        planning.usage(post.name, now=now, half_life_s=post.rules.policy.half_life_s)
    )
    usage = Usage(now.timestamp(), {str(r["owner_id"]): float(str(r["used_s"])) for r in used})
    return Picture(_tapes(post, busy), usage, len(opened))


def _tapes(post: Post, busy: set[str]) -> list[TapeTotals]:
    tapes: dict[str, TapeTotals] = {}
    for row in post.database.rows(planning.totals(post.name)):
        tape = str(row["tape"])
        one = tapes.setdefault(tape, TapeTotals(tape, busy=tape in busy))
        files, size = int(str(row["files"])), int(str(row["bytes"]))
        arrivals = float(str(row["arrival_sum_s"]))
        one.files += files
        one.bytes += size
        one.arrival_sum_s += arrivals
        one.oldest_s = min(one.oldest_s, float(str(row["oldest_s"])))
        one.by_owner[str(row["owner_id"])] = OwnerTotals(files, size, arrivals)
    return list(tapes.values())


def cache_has_room(post: Post) -> bool:
    """Whether every store's file system has more free than the reserve.

    One that is not mounted here (another site's, or a ScoutAM elsewhere) looks after itself.
    """
    free = (shutil.disk_usage(root).free for root in post.roots if Path(root).is_dir())
    return all(each > post.rules.reserve_bytes for each in free)
