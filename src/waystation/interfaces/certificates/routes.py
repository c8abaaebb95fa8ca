"""The grid port's side: look at the certificate, and send the browser back to the pages."""

import re
from urllib.parse import parse_qs, quote

from waystation.interfaces import credentials
from waystation.interfaces.certificates import passages
from waystation.interfaces.certificates.passages import DOOR, LIFETIME_S, Passage
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, MalformedError

_STATE = re.compile(r"[A-Za-z0-9_-]{20,100}")
BACK = "/sign-in/certificate/back"
"""Of the pages."""


def make(url: str) -> MakeMouth:
    """For the lane; `url` is where the pages are, and the only place that a browser is sent to."""
    return lambda desk: Certificates(desk, url.rstrip("/"))


class Certificates:
    """A `Mouth`."""

    def __init__(self, desk: Desk, url: str) -> None:
        self._desk = desk
        self._url = url

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        del headers
        return self._come if (method, path) == ("GET", DOOR) else None

    async def _come(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say who came.

        Raises:
            MalformedError: the pages did not send the browser here.
            ForbiddenError: a proxy: it is for programs, and ends soon; a session would outlive it.
        """
        del receive
        query = scope["query_string"]
        assert isinstance(query, bytes)
        state = parse_qs(query.decode("latin-1")).get("state", [""])[0]
        if not _STATE.fullmatch(state):
            raise MalformedError(
                "Begin on the page for signing in.", advice=f"{self._url}/sign-in"
            )
        shown, house = credentials.of(scope), self._desk.house
        if shown is not None and shown.proxy:
            raise ForbiddenError("A proxy does not sign in to the pages.", advice="Use a token.")
        now = house.clock.now()
        good = shown is not None and shown.not_after > now
        who = await self._desk.callers.holder(shown) if good and shown is not None else None
        ends = int(now.timestamp()) + LIFETIME_S
        subject = shown.subject if shown is not None and good else ""
        said = Passage(state, subject, who.user_id if who is not None else 0, ends)
        told = quote(passages.sealed(house.capability_key, said), safe="")
        headers = [
            (b"location", f"{self._url}{BACK}?passage={told}".encode()),
            (b"content-length", b"0"),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-request-id", tracing.request_id.get().encode()),
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
