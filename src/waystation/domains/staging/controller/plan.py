"""A drive slot is free: choose a tape, release what waits on it as one list, in the best order."""

import functools
import uuid
from collections.abc import Sequence
from datetime import timedelta

from waystation.domains.staging.controller import geometry, sight, totals
from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.planner.choice import Choice, choose
from waystation.domains.staging.planner.estimate import service_s
from waystation.domains.staging.planner.plan import plan
from waystation.domains.staging.planner.runs import Extent
from waystation.domains.staging.queries import items, planning
from waystation.domains.staging.store import lists
from waystation.domains.staging.store.lists import Taken
from waystation.kernel.database import Connection

DAY = timedelta(days=1)


def step(post: Post) -> int:
    """Fill the free slots; how many lists were released."""
    room = _room(post)
    if room <= 0:
        return 0
    now, slots = post.clock.now(), post.backend.capabilities.slots
    geometry.learn(post)
    seen = sight.look(post)
    if _still_arriving(post, seen):
        return 0
    free = slots - seen.open_lists
    if free <= 0 or not seen.tapes:
        return 0
    mounts = post.database.rows(planning.mounts(post.name, since=now - DAY))[0]["mounts"]
    choices = choose(
        seen.tapes,
        usage=seen.usage,
        policy=seen.policy,
        drive=post.rules.drive,
        now_s=now.timestamp(),
        slots=free,
        drives=slots,
        mounts_last_day=int(str(mounts)),
    )
    released = 0
    for choice in choices:
        limit = min(room, post.backend.capabilities.list_limit)
        taken = post.database.run(
            functools.partial(_release, post=post, choice=choice, limit=limit)
        )
        room -= taken
        released += bool(taken)
        if room <= 0:
            break
    return released


def _still_arriving(post: Post, seen: sight.Sight) -> bool:
    """Whether lists would be cut short: more files are being found, and nobody waited long."""
    oldest_s = min((tape.oldest_s for tape in seen.tapes), default=0.0)
    young = post.clock.now().timestamp() - oldest_s < post.rules.settle.total_seconds()
    return young and bool(post.database.rows(planning.sought(post.name)))


def _room(post: Post) -> int:
    """How many more files may be at the tape system; none while the cache is full."""
    sent = post.database.rows(items.at_the_system(post.name))[0]["files"]
    if post.rules.reserve_bytes and not totals.cache_has_room(post):
        return 0
    return post.rules.in_flight_files - int(str(sent))


def _release(conn: Connection, *, post: Post, choice: Choice, limit: int) -> int:
    """Take a tape's recalls into a list with a key of its own, order them, charge their owners."""
    now = post.clock.now()
    list_id, taken = lists.take(
        conn,
        backend=post.name,
        tape=choice.tape,
        key=f"w-{uuid.uuid4().hex}",
        limit=limit,
        why=choice.reason,
        now=now,
    )
    if not taken:
        return 0
    order, service = _order(post, choice.tape, taken)
    predicted_s = choice.mount_s + service
    lists.settle(conn, list_id, taken, order=order, predicted_s=predicted_s, now=now)
    lists.charge(
        conn,
        backend=post.name,
        seconds=_shares(taken, predicted_s, post.rules.drive.rate_bytes_s),
        now=now,
        half_life_s=post.rules.policy.half_life_s,
    )
    return len(taken)


def _order(post: Post, tape: str, taken: Sequence[Taken]) -> tuple[list[int], float]:
    """Places in reading order, and the seconds that this takes once the tape is loaded.

    Where positions are hidden or our order is not kept, files go by position as far as known and
    by age: the tape system orders inside the list.
    """
    able = post.backend.capabilities
    drive = post.rules.drive
    known = all(t.position is not None and t.bytes is not None for t in taken)
    if not (able.keeps_order and able.sees_position and known):
        order = sorted(range(len(taken)), key=lambda i: (taken[i].position or 0, taken[i].id))
        size = sum(t.bytes or 0 for t in taken)
        return order, service_s(len(taken), float(size), drive)
    extents = [Extent(t.id, t.position or 0, t.bytes or 0) for t in taken]
    best = plan(extents, head=None, drive=drive, geometry=post.geometry(tape, extents))
    return best.order, best.service_s


def _shares(taken: Sequence[Taken], predicted_s: float, rate_bytes_s: float) -> dict[int, float]:
    """Drive seconds by owner: own bytes at streaming rate, an equal part a file of the rest."""
    reading = [(t.bytes or 0) / rate_bytes_s for t in taken]
    rest = max(0.0, predicted_s - sum(reading)) / len(taken)
    seconds: dict[int, float] = {}
    for one, read_s in zip(taken, reading, strict=True):
        seconds[one.owner_id] = seconds.get(one.owner_id, 0.0) + read_s + rest
    return seconds
