"""Answers as the old daemon's framework sent them: JSON always, refusals by their own shapes."""

from dataclasses import dataclass

import msgspec

from waystation.interfaces.dialects.mwa_staging.wire import ErrorResult
from waystation.interfaces.mouths import Send
from waystation.kernel.errors import WaystationError

_JSON = b"application/json"
_encoder = msgspec.json.Encoder()

# What its clients know; anything else that goes wrong is 500, for which they try again.
_STATUS = {"malformed": 400, "forbidden": 403, "not-found": 404, "too-large": 413}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is ready to be sent."""

    status: int
    media: bytes
    body: bytes
    more: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send it whole."""
        headers = [
            (b"content-type", self.media),
            (b"content-length", b"%d" % len(self.body)),
            *self.more,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json(body: object, status: int = 200) -> Reply:
    """A JSON document; None is `null`."""
    return Reply(status, _JSON, _encoder.encode(body))


def bare(status: int) -> Reply:
    """Nothing but a status and `null`."""
    return json(None, status)


def refused(error: WaystationError) -> Reply:
    """`{"errormsg": …}`, without a trace of ours."""
    return json(ErrorResult(error.sentence), _STATUS.get(error.code, 500))


def unfit(detail: object) -> Reply:
    """A call that does not fit its form."""
    return json({"detail": detail}, 422)


def nowhere() -> Reply:
    """There is no such path."""
    return json({"detail": "Not Found"}, 404)


def wrong_verb(verbs: list[str]) -> Reply:
    """There is, but not for this method."""
    found = json({"detail": "Method Not Allowed"}, 405)
    return Reply(found.status, found.media, found.body, ((b"allow", ", ".join(verbs).encode()),))
