"""Noticing that the client has gone while a long answer is sent: nothing is made for nobody."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from waystation.interfaces.hot.reply import Message, Receive, Send
from waystation.interfaces.hot.streams import gone


class ClientGoneError(ConnectionError):
    """Nobody listens any more."""


@contextmanager
def watched(receive: Receive, send: Send) -> Iterator[Send]:
    """A `send` that raises ClientGoneError once the client has gone. The body was read before."""
    leaving = asyncio.ensure_future(gone(receive))

    async def send_(message: Message) -> None:
        if leaving.done():
            raise ClientGoneError
        await send(message)

    try:
        yield send_
    finally:
        leaving.cancel()
