"""WAITING items find their recall."""

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.store.join import join

BATCH = 20_000


def step(post: Post) -> int:
    """Join a batch of the most urgent request's items."""
    done = post.database.run(lambda conn: join(conn, now=post.clock.now(), limit=BATCH))
    return 0 if done is None else max(1, done.items)
