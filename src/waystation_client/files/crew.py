"""Threads that work off what one thread finds, no further ahead than a little."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self


class Crew:
    """Some workers; giving them work waits while enough is waiting.

    Leaving the block waits for all of it; leaving it by an error drops what has not begun.
    """

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="way")
        self._room = threading.Semaphore(2 * workers)
        self._errors: list[BaseException] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        # Who was interrupted leaves at once: whatever is half way, the next run goes on with.
        self._pool.shutdown(wait=not interrupted, cancel_futures=kind is not None)
        if kind is None and self._errors:
            raise self._errors[0]

    def do(self, work: Callable[[], None]) -> None:
        """Have it done by somebody.

        Raises:
            Exception: what an earlier work did not deal with itself.
        """
        self._room.acquire()
        if self._errors:
            raise self._errors[0]
        self._pool.submit(work).add_done_callback(self._done)

    def _done(self, future: "Future[None]") -> None:
        self._room.release()
        if not future.cancelled() and (error := future.exception()) is not None:
            self._errors.append(error)
