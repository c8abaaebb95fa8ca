"""Pins that end are given back; files nobody wants any more are dropped at the tape system."""

import functools

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.queries import planning
from waystation.domains.staging.states import ItemState
from waystation.domains.staging.store import changes, closing, log
from waystation.kernel.database import Connection, execute


def step(post: Post) -> int:
    """Release what is past its pin, look again when the next pin ends."""
    free: list[tuple[str, str]] = []

    def work(conn: Connection) -> int:
        now = post.clock.now()
        due = closing.unpinned(conn, backend=post.name, now=now)
        free.clear()
        for request_id in due:
            free.extend(
                changes.leave(
                    conn,
                    request_id,
                    new=ItemState.RELEASED,
                    kind="released",
                    now=now,
                    before=now,
                )
            )
            closing.next_pin(conn, request_id)
        return len(due)

    moved = post.database.run(work)
    mine = [path for name, path in free if name == post.name]
    if mine and post.backend.capabilities.releases:
        try:
            post.backend.release(mine)
        except BackendError as trouble:
            log.warning("release of %d files not taken: %s", len(mine), trouble)
    return moved


def cancel(post: Post) -> int:
    """Ask the tape system to drop files that nobody waits for any more; asked once a file."""
    if not post.backend.capabilities.cancels:
        return 0
    found = post.database.rows(planning.unwanted(post.name))
    for row in found:
        paths, ids = row["paths"], row["ids"]
        assert isinstance(paths, list)
        try:
            post.backend.cancel(str(row["handle"]), [str(path) for path in paths])
        except BackendError as trouble:
            log.warning("cancel of %d files not taken: %s", len(paths), trouble)
            continue
        post.database.run(functools.partial(_told, ids=ids))
    return len(found)


def _told(conn: Connection, *, ids: object) -> int:
    return execute(conn, "UPDATE staging_recall SET told = true WHERE id = ANY(%(i)s)", {"i": ids})
