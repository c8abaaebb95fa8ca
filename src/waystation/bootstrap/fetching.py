"""Inputs of jobs that other servers have: fetched by the rules of copies between servers."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from waystation.bootstrap.leavings import placed
from waystation.domains.hosting.door import RemoteError, Remotes
from waystation.kernel.errors import MalformedError, UnavailableError

LONGEST_S = 12 * 3600.0
"""Of one file: a source that gives a byte now and then would hold its place for ever."""


class Fetcher:
    """Fetches files, without any credential: what is not public comes by way of a space.

    Args:
        remotes: makes what speaks to other servers, anew for each file: it belongs to one loop.
    """

    def __init__(self, remotes: Callable[[], Remotes]) -> None:
        self._remotes = remotes

    def check(self, url: str) -> None:
        """Whether a URL may be asked.

        Raises:
            MalformedError: it may not.
        """
        refusal = self._remotes().objection(url)
        if refusal:
            raise MalformedError(refusal)

    def fetch(self, url: str, folder: Path, name: str) -> None:
        """Put a file into a folder, whole or not at all; one that is there is right.

        Raises:
            MalformedError: it is not to be had.
            UnavailableError: its server does not give it now.
        """
        if (folder / name).exists():
            return
        self.check(url)
        try:
            # A thread of its own: whoever calls may have a loop that runs.
            with placed(folder, name) as file, ThreadPoolExecutor(1) as alone:
                alone.submit(asyncio.run, self._poured(url, file)).result()
        except RemoteError as problem:
            kind = UnavailableError if problem.retryable else MalformedError
            raise kind(f"{url}: {problem.sentence}") from problem
        except TimeoutError as problem:
            raise UnavailableError(f"{url} was not there after 12 hours.") from problem

    async def _poured(self, url: str, file: BinaryIO) -> None:
        async with asyncio.timeout(LONGEST_S), self._remotes().fetch(url, {}) as incoming:
            came = 0
            async for data in incoming.chunks:
                came += file.write(data)
        if incoming.size not in {None, came}:
            raise RemoteError(f"It ended after {came:,} of {incoming.size:,} bytes.")
