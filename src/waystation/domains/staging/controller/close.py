"""Requests that wait for nothing more end, after one more look at their online files."""

import functools

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.entities import FileReport, Residency
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.queries.cells import number
from waystation.domains.staging.states import ItemState, RequestState
from waystation.domains.staging.store import changes, closing
from waystation.kernel.database import Connection, Row


def step(post: Post) -> int:
    """Look at requests that seem done; how many ended or found more to do."""
    claimed = post.database.run(
        lambda conn: closing.ready(
            conn, backend=post.name, now=post.clock.now(), lease=post.rules.lease
        )
    )
    return sum(_close(post, row) for row in claimed)


def expire(post: Post) -> int:
    """Give up what did not come in time."""

    def work(conn: Connection) -> int:
        now = post.clock.now()
        late = closing.overdue(conn, now=now)
        for request_id in late:
            words = "The request's time ran out before the file came."
            changes.leave(
                conn, request_id, new=ItemState.FAILED, kind="failed", now=now, error=words
            )
            changes.finish(conn, request_id, state=RequestState.EXPIRED, now=now)
        return len(late)

    return post.database.run(work)


def _close(post: Post, row: Row) -> int:
    request_id, after = number(row, "id"), number(row, "checked")
    before = post.clock.now() - post.rules.fresh
    look = functools.partial(
        closing.unseen, request_id=request_id, before=before, limit=post.rules.batch
    )
    while page := post.database.run(functools.partial(look, after=after)):
        try:
            reports = post.backend.locate([held.path for held in page])
        except BackendError:
            # It cannot be said to be complete before it was seen: the lease brings it back.
            return 0
        gone = [
            (held, report)
            for held, report in zip(page, reports, strict=True)
            if report.residency is Residency.NEARLINE
        ]
        after = page[-1].n
        post.database.run(
            functools.partial(_looked, post=post, request_id=request_id, gone=gone, upto=after)
        )
    return post.database.run(lambda conn: _finish(conn, post, request_id))


def _looked(
    conn: Connection,
    *,
    post: Post,
    request_id: int,
    gone: list[tuple[closing.Held, FileReport]],
    upto: int,
) -> None:
    changes.lock(conn, request_id)
    closing.evicted(conn, request_id, gone, now=post.clock.now())
    closing.checked(conn, request_id, upto=upto)


def _finish(conn: Connection, post: Post, request_id: int) -> int:
    """Under the lock: still nothing to wait for? Then it ends."""
    row = changes.lock(conn, request_id)
    assert row is not None
    closing.unlease(conn, request_id)
    if number(row, "n_waiting") + number(row, "n_queued") + number(row, "n_recalling"):
        # While these come back others may leave the disk: all are looked at again then.
        closing.checked(conn, request_id, upto=0)
        return 1
    return int(changes.finish(conn, request_id, state=_end_state(row), now=post.clock.now()))


def _end_state(row: Row) -> RequestState:
    """What an ended request is called, from its counts."""
    failed, came = number(row, "n_failed"), number(row, "n_online") + number(row, "n_released")
    if failed and came:
        return RequestState.PARTIAL
    if failed:
        return RequestState.FAILED
    return RequestState.COMPLETE if came else RequestState.CANCELLED
