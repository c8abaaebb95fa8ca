"""Requests that ended long ago are forgotten, where that is wanted."""

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.store import forgetting

_REQUESTS, _FILES = 1_000, 100_000


def step(post: Post) -> int:
    """Forget some; how many."""
    kept = post.rules.history
    if not kept:
        return 0
    before = post.clock.now() - kept
    return post.database.run(
        lambda conn: forgetting.forget(
            conn, backend=post.name, before=before, limit=_REQUESTS, files=_FILES
        )
    )
