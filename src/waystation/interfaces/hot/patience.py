"""Slow senders: a body must come at some pace, or whoever dribbles holds what others need."""

import asyncio
import contextlib

from waystation.interfaces.mouths import Message, Receive
from waystation.kernel.errors import TooSlowError

LEAST = 65_536
"""Bytes that must come in each window, or the end of the body: about 1 kB/s."""
LINGER_S = 3.0
"""How long a sender has to notice that it was answered before its body was read."""


class Patient:
    """Receives a body for as long as it comes at that pace.

    Costs nothing for each message: one timer looks at each window's end. Time in which nobody asks
    for the body is not the sender's.

    Args:
        receive: of the request.
        window_s: how long a window is.
    """

    def __init__(self, receive: Receive, window_s: float) -> None:
        self._receive = receive
        self._window_s = window_s
        self._came = 0
        self._waits: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._late = False
        self._ended = False

    async def receive(self) -> Message:
        """The next message.

        Raises:
            TooSlowError: too little came.
        """
        if self._ended:  # what comes now is only that the client leaves
            return await self._receive()
        if self._timer is None:
            self._wind()
        self._waits = asyncio.current_task()
        try:
            message = await self._receive()
        except asyncio.CancelledError:
            if not self._late:
                raise
            assert self._waits is not None
            self._waits.uncancel()
            raise TooSlowError(
                f"Less than {LEAST:,} bytes of the body came in {self._window_s:g} s.",
                advice="Send it faster, or in smaller pieces.",
            ) from None
        finally:
            self._waits = None
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        self._came += len(body)
        if message["type"] != "http.request" or not message.get("more_body"):
            self.close()
        return message

    async def linger(self) -> None:
        """Throw away what still comes of a body, for a moment.

        A connection that is closed with bytes unread is reset, and the reset overtakes the answer:
        a sender, or the proxy before us, would see a cut line in the place of a 401.
        """
        if self._ended:
            return
        with contextlib.suppress(TooSlowError, TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while not self._ended:
                    await self.receive()

    def close(self) -> None:
        """The request is over: nothing more is awaited."""
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()

    def _wind(self) -> None:
        self._came = 0
        self._timer = asyncio.get_running_loop().call_later(self._window_s, self._look)

    def _look(self) -> None:
        if self._waits is not None and self._came < LEAST:
            self._late = True
            self._waits.cancel()
        else:
            self._wind()
