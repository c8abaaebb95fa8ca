"""Calls of a storage from an event loop: nobody waits for them who does not need to."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from waystation.domains.hosting.door import Storage

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 64
"""Calls that may wait for bytes at a time; the house's other threads are not theirs to take."""

_threads = ThreadPoolExecutor(AT_ONCE, "bytes")


async def far(call: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Make a call that may wait for a disk, or for another machine.

    Also who is told to go meanwhile waits for its end: a sink that is still written to is never
    closed, and what is given up is not finished behind the caller's back.
    """
    work = partial(call, *args, **more)
    run = contextvars.copy_context().run
    future = asyncio.get_running_loop().run_in_executor(_threads, run, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        if (problem := future.exception()) is not None:
            log.info("what was given up meanwhile: %r", problem)
        raise


async def write(storage: Storage, call: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """Make a call that a prompt storage answers from memory: only there at once."""
    if storage.prompt:
        return call(*args, **more)
    return await far(call, *args, **more)
