"""Waiting for the database instead of saying that it is away.

To FTS a poll that is answered 429 or 503 is the end of every file of the request (it takes only
"not ready" and lost connections lightly), and a database that is restarted or fails over is back
in seconds: a late answer costs nobody anything, a refusal costs days of recalls.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from waystation.kernel.errors import UnavailableError

T = TypeVar("T")

# With the pool's own wait below the minute after which proxies in front give up.
PATIENCE_S = 35.0
_AGAIN_S = 0.5


async def patient(look: Callable[[], Awaitable[T]]) -> T:
    """What `look` finds, tried again while the database does not answer.

    Raises:
        UnavailableError: it did not for so long that the client has to be told.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while True:
        try:
            return await look()
        except UnavailableError:
            if loop.time() >= end:
                raise
        await asyncio.sleep(_AGAIN_S)
