"""PLANNED lists go to the tape system, each under the key that was stored before."""

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.entities import RecallList
from waystation.domains.staging.errors import BackendError, BackendRefusedError
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import number
from waystation.domains.staging.states import ListStage
from waystation.domains.staging.store import lists, outcomes
from waystation.domains.staging.store.lists import OpenList
from waystation.domains.staging.store.outcomes import Failure
from waystation.kernel.database import Connection


def step(post: Post) -> int:
    """Send what is due; how many lists were taken."""
    claimed = post.database.run(
        lambda conn: lists.claim(
            conn,
            backend=post.name,
            stage=ListStage.PLANNED,
            now=post.clock.now(),
            lease=post.rules.lease,
            furthest=post.rules.furthest,
        )
    )
    return sum(_send(post, each) for each in claimed)


def _send(post: Post, each: OpenList) -> int:
    members = post.database.rows(planning.members(each.id))
    if not members:
        post.database.run(lambda conn: lists.end(conn, each.id, now=post.clock.now()))
        return 1
    wanted = RecallList(
        key=each.key,
        paths=tuple(str(row["path"]) for row in members),
        tape=each.tape or None,
        library=each.library,
    )
    try:
        handle = post.backend.recall(wanted)
    except BackendRefusedError as refusal:
        failures = [
            Failure(number(row, "id"), number(row, "tries"), refusal.sentence) for row in members
        ]
        post.database.run(lambda conn: _refused(conn, post, each, failures))
        return 1
    except BackendError as trouble:
        wait = post.rules.resend.delay(each.tries + 1) or post.rules.resend.ceiling
        due, words = post.clock.now() + wait, trouble.sentence
        post.database.run(lambda conn: lists.postpone(conn, [each.id], due=due, words=words))
        return 0
    now = post.clock.now()
    due = now + post.rules.poll
    post.database.run(lambda conn: lists.sent(conn, each.id, handle=handle, due=due, now=now))
    return 1


def _refused(conn: Connection, post: Post, each: OpenList, failures: list[Failure]) -> None:
    """The list will not be taken as it is: its files are tried again, in another one."""
    now = post.clock.now()
    lists.end(conn, each.id, now=now, words=failures[0].words)
    outcomes.failed(conn, failures, now=now, policy=post.rules.retry)
