"""Calls of storages from an event loop."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from waystation.interfaces.dav.waiting import far


def run(work) -> None:
    """In a thread of its own: the main one may have a loop already."""
    with ThreadPoolExecutor(1) as one:
        one.submit(asyncio.run, work).result(60)


@pytest.mark.parametrize("fails", [False, True], ids=["good", "fails"])
def test_who_is_told_to_go_waits_until_nothing_goes_on_behind_him(fails):
    begun, gate, ended = threading.Event(), threading.Event(), []

    def call() -> None:
        begun.set()
        gate.wait(30)
        ended.append(1)
        if fails:
            raise OSError

    async def work() -> None:
        task = asyncio.ensure_future(far(call))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        gate.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended

    run(work())


def test_what_it_comes_to_is_told():
    async def work() -> None:
        assert await far(max, 1, 2) == 2
        with pytest.raises(ZeroDivisionError):
            await far(divmod, 1, 0)

    run(work())
