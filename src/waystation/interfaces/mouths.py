"""What a mouth is: a part of the HTTP surface that answers some requests by itself.

The hot lane asks each mouth in turn before its own table, and Django last. Which mouths there are
is said in `bootstrap.dialects` only.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Protocol

Message = MutableMapping[str, object]
Scope = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class Mouth(Protocol):
    """One dialect, as the lane sees it."""

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """Who answers this request; None when it is somebody else's.

        Costs next to nothing: it is asked for every request of the process. What the handler
        raises of our own errors becomes a problem document.

        Args:
            method: in capitals.
            path: percent-decoded, without the query.
            headers: names in small letters.
        """
        ...
