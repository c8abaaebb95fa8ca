"""Placing: jobs that are ready get a cluster, and a number for the run that they begin."""

from dataclasses import dataclass

from waystation.domains.jobs.controller.desk import Desk
from waystation.domains.jobs.states import JobState
from waystation.domains.jobs.store import clusters, moves, placing
from waystation.kernel.database import Connection, Row, rows
from waystation.kernel.waking import wake

LIMIT = 1_000

_BEGIN = """, attempt = j.attempt + 1, cluster_id = %(cluster)s, asked = false, handle = '',
  words = '', foreign_state = '', outcome = '', blame = '', exit_code = NULL, node = '',
  sent = NULL, began = NULL, ended = NULL, cpu_s = NULL, peak = NULL"""


@dataclass(frozen=True, slots=True)
class _Turn:
    """Which jobs a cluster is offered.

    Attributes:
        near: those with files beside it.
        fresh: those whose last run was not there.
        queued: into its queue; else only for what is free.
    """

    near: bool = False
    fresh: bool = False
    queued: bool = False


# Where something is free at once, beside the files first; never where it failed before. Then where
# it must wait.
_TURNS = (_Turn(near=True, fresh=True), _Turn(fresh=True), _Turn(), _Turn(queued=True))


def place(desk: Desk) -> int:
    """Jobs are given to clusters with room: first where cores are free; how many."""
    return desk.database.run(lambda conn: _place(desk, conn))


def _place(desk: Desk, conn: Connection) -> int:
    if not placing.alone(conn):
        return 0
    known = [row for row in rows(conn, clusters.every()) if row["open"] and not row["drained"]]
    taken = placing.taken(conn)
    placed = 0
    for turn in _TURNS:
        for cluster in sorted(known, key=_free, reverse=True):
            placed += _fill(desk, conn, cluster, taken, turn)
    return placed


def _free(cluster: Row) -> int:
    return int(str(cluster["free"] or 0))


def _fill(
    desk: Desk,
    conn: Connection,
    cluster: Row,
    taken: dict[int, tuple[int, int, int]],
    turn: _Turn,
) -> int:
    near = desk.policy.near.get(str(cluster["name"]), ())
    if (turn.near and not near) or (turn.queued and not cluster["queues"]):
        return 0
    number, now = int(str(cluster["id"])), desk.now()
    jobs, cpus, coming = taken.get(number, (0, 0, 0))
    room = min(LIMIT, int(str(cluster["most"])) - jobs)
    slots = int(str(cluster["slots"] or 0))
    # What does not queue has nobody else's jobs; of what does, some are not seen there yet.
    free = _free(cluster) - coming if cluster["queues"] else slots - cpus
    if room <= 0 or not (turn.queued or free > 0):
        return 0
    chosen = placing.choose(
        conn,
        cluster,
        room=room,
        cpus=None if turn.queued else free,
        per_owner=desk.policy.per_owner,
        near=near if turn.near else None,
        fresh=turn.fresh,
        now=now,
    )
    moved = moves.move(
        conn, JobState.SENDING, chosen, now=now, due=now, sets=_BEGIN, cluster=number
    )
    if moved:
        more = placing.cores(conn, moved)
        taken[number] = (jobs + len(moved), cpus + more, coming + more)
        wake(conn, f"jobs-send-{cluster['name']}")
    return len(moved)
