"""Performance markers: an answer that tells every few seconds how far a copy is.

The stream of the WLCG HTTP third-party copy (after GridFTP's markers): blocks from `Perf Marker`
to `End`, and a last line that begins with `success:` or `failure:`; gfal2, FTS and XRootD read it.
The status was sent long before, so also what goes wrong is told in that line.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from waystation.interfaces.dav.leaving import watched
from waystation.interfaces.hot.reply import Receive, Send
from waystation.kernel import tracing
from waystation.kernel.clock import Clock
from waystation.kernel.errors import WaystationError

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""As XRootD tells; clients give up when nothing comes for some minutes."""


@dataclass(slots=True)
class Progress:
    """How far a copy is: bytes so far."""

    bytes: int = 0


Work = Callable[[Progress], Awaitable[None]]


_KIND = (b"content-type", b"text/perf-marker-stream")
_DONE = "success: Created\n"


async def done(send: Send) -> None:
    """Tell of a copy that was made before the answer began."""
    start = {"type": "http.response.start", "status": 201, "headers": [_KIND]}
    await send(start)
    await send({"type": "http.response.body", "body": _DONE.encode()})


async def told(
    send: Send, receive: Receive, work: Work, clock: Clock, *, every_s: float = EVERY_S
) -> None:
    """Do the work and tell of it; a client that leaves ends it (the body was read before)."""
    progress = Progress()
    await send(
        {
            "type": "http.response.start",
            "status": 202,
            "headers": [
                _KIND,
                (b"x-request-id", tracing.request_id.get().encode()),
            ],
        }
    )
    task = asyncio.ensure_future(work(progress))
    try:
        with watched(receive, send) as to_client:
            while not task.done():
                text = marker(progress.bytes, clock.now().timestamp())
                await to_client(_more(text))
                await asyncio.wait({task}, timeout=every_s)
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    await send({"type": "http.response.body", "body": _last(task).encode()})


def marker(bytes_: int, now_s: float) -> str:
    """One marker."""
    return (
        f"Perf Marker\n\tTimestamp: {now_s:.0f}\n\tStripe Index: 0\n"
        f"\tStripe Bytes Transferred: {bytes_}\n\tTotal Stripe Count: 1\nEnd\n"
    )


def _last(task: "asyncio.Future[None]") -> str:
    problem = task.exception()
    if problem is None:
        return _DONE
    if isinstance(problem, WaystationError):
        words = f"{problem.sentence} {problem.advice}".strip()
        return f"failure: {' '.join(words.split())}\n"
    log.error("a copy stumbled", exc_info=problem)
    return f"failure: Something went wrong here (request {tracing.request_id.get()}).\n"


def _more(text: str) -> dict[str, object]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}
