"""News that the tape system sends by itself is taken, written down, and only then committed.

A message is believed without a look at the file, whose file system need not be mounted here: the
look comes before the request is called complete (`close`). Killed between any two lines the same
news comes again and moves nothing twice; news that never comes is found by `poll`, slowly.
"""

import functools
import logging
from collections.abc import Callable

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.ports import NewsBatch, NewsSource
from waystation.domains.staging.store import heard
from waystation.kernel.database import Connection

log = logging.getLogger(__name__)

BATCH = 20_000
"""Each statement costs by the batch: 5,000 at a time took twice the database's time."""
WAIT_S = 1.0
"""Longest wait for a first message; a step must come back to be asked to stop."""

PAUSE_S = 1.0
"""Between looks while nothing comes."""


def step(post: Post, source: NewsSource) -> int:
    """Take a batch of news, apply it, commit it; how many messages."""
    try:
        batch = source.take(BATCH, WAIT_S)
    except BackendError as problem:
        return _tell(post, f"{problem.sentence} {problem.advice}".strip())
    post.database.run(lambda conn: _write(conn, post, batch))
    if batch:
        _commit(post, source, batch)
    return len(batch)


def steps(post: Post, source: NewsSource) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step and seconds between looks, to be run beside the other steps of the post."""
    return [("hear", functools.partial(step, post, source), PAUSE_S)]


def _write(conn: Connection, post: Post, batch: NewsBatch) -> None:
    now = post.clock.now()
    if batch:
        heard.hear(conn, batch, backend=post.name, now=now, policy=post.rules.retry)
    heard.end_lists(conn, backend=post.name, now=now)
    heard.trouble(conn, backend=post.name, words="")


def _tell(post: Post, words: str) -> int:
    """Put trouble on the page and, when it is new, into the log."""
    note = functools.partial(heard.trouble, backend=post.name, words=words)
    if post.database.run(note):
        log.error("no news of %s: %s", post.name, words)
    return 0


def _commit(post: Post, source: NewsSource, batch: NewsBatch) -> None:
    try:
        source.commit(batch)
    except BackendError as problem:
        log.warning("news of %s: %s They may come again.", post.name, problem.sentence)
