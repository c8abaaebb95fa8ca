"""Server-sent events: a request's life, the library's drives and queue."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from waystation.interfaces.hot.reply import Receive, Send
from waystation.kernel import tracing
from waystation.kernel.errors import WaystationError

_BEAT_S = 15.0
_encoder = msgspec.json.Encoder()


def message(event: str, body: object, seq: int | None = None) -> bytes:
    """One message of a stream."""
    front = b"" if seq is None else b"id: %d\n" % seq
    return front + b"event: " + event.encode() + b"\ndata: " + _encoder.encode(body) + b"\n\n"


async def stream(
    receive: Receive, send: Send, messages: AsyncIterator[bytes], closing: asyncio.Event
) -> None:
    """Send messages until they end, the client goes, or the house closes."""
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-request-id", tracing.request_id.get().encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    pump = asyncio.ensure_future(_pump(send, messages))
    ends = [asyncio.ensure_future(gone(receive)), asyncio.ensure_future(closing.wait())]
    try:
        await asyncio.wait([pump, *ends], return_when=asyncio.FIRST_COMPLETED)
        if pump.done():
            # Begun answers cannot become refusals: the stream ends, its reader comes back.
            with contextlib.suppress(WaystationError):
                pump.result()
    finally:
        for task in (pump, *ends):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
    await send({"type": "http.response.body", "body": b""})


async def paced(event: asyncio.Event, pace_s: float) -> AsyncIterator[bool]:
    """Once at first, then at news (True) or after a quiet while (False), not above the pace."""
    yield True
    while True:
        await asyncio.sleep(pace_s)
        try:
            await asyncio.wait_for(event.wait(), _BEAT_S)
        except TimeoutError:
            yield False
            continue
        event.clear()
        yield True


async def _pump(send: Send, messages: AsyncIterator[bytes]) -> None:
    async for each in messages:
        await send({"type": "http.response.body", "body": each, "more_body": True})


async def gone(receive: Receive) -> None:
    """Until the client goes; the first message is only the request itself."""
    while (await receive())["type"] != "http.disconnect":
        pass
