"""The steps of one tape system, with how often each looks without being woken."""

import functools
from collections.abc import Callable

from waystation.domains.staging.controller import (
    close,
    forecast,
    forget,
    join,
    locate,
    plan,
    poll,
    send,
    unpin,
    watch,
)
from waystation.domains.staging.controller.post import Post

_IDLE_S = 5.0
_HOURLY_S = 3_600.0


def steps(post: Post) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, and seconds between looks; the name is also what wakes it."""
    poll_s = min(_IDLE_S, post.rules.poll.total_seconds())
    table = (
        ("join", join.step, _IDLE_S),
        ("locate", locate.step, _IDLE_S),
        ("plan", plan.step, _IDLE_S),
        ("send", send.step, _IDLE_S),
        ("poll", poll.step, poll_s),
        ("close", close.step, _IDLE_S),
        ("expire", close.expire, _IDLE_S),
        ("unpin", unpin.step, _IDLE_S),
        ("cancel", unpin.cancel, _IDLE_S),
        ("watch", watch.step, poll_s),
        ("forecast", forecast.step, poll_s),
        ("forget", forget.step, _HOURLY_S),
    )
    return [(name, functools.partial(run, post), tick) for name, run, tick in table]
