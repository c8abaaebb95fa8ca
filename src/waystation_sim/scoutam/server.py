"""A small HTTPS server on asyncio: keep-alive, bodies with a length, one answer a request."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

LONGEST_BODY = 4 << 20
"""ScoutAM takes no request of 4 MB or more (a comment in mwa_staging)."""

READ_AND_DROP = 256 << 20
"""A body up to this is read to its end before it is refused; a longer one cuts the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    node: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; the body is sent as JSON."""

    status: int
    body: object


Handler = Callable[[Request], Awaitable[Answer]]


class BadRequestError(ValueError):
    """This is not HTTP as we speak it; the connection ends."""


class Server:
    """Listens on one port for each node."""

    def __init__(self, handler: Handler, certificate: str, key: str) -> None:
        self._handler = handler
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._servers: list[asyncio.Server] = []

    async def start(self, ports: tuple[int, ...]) -> None:
        """Listen on 127.0.0.1."""
        for number, port in enumerate(ports):
            serve = partial(self._serve, node=str(number))
            self._servers.append(
                await asyncio.start_server(serve, "127.0.0.1", port, ssl=self._context)
            )

    def stop(self) -> None:
        """Take no more connections."""
        for server in self._servers:
            server.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, node: str
    ) -> None:
        try:
            while (request := await _read(reader, node)) is not None:
                too_long = len(request.body) >= LONGEST_BODY
                answer = (
                    Answer(413, {"error": "request entity too large"})
                    if too_long
                    else await self._handler(request)
                )
                writer.write(_wire(answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone
        except BadRequestError as error:
            writer.write(_wire(Answer(400, {"error": str(error)})))
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader, node: str) -> Request | None:
    """The next request of a connection; None at its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:  # noqa: PLR2004 - method, target, version
        msg = f"not a request line: {first!r}"
        raise BadRequestError(msg)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > READ_AND_DROP:
        msg = f"no length that we take: {length!r}"
        raise BadRequestError(msg)
    body = await reader.readexactly(int(length))
    target = urlsplit(words[1])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    return Request(words[0], target.path, query, headers, body, node)


def _wire(answer: Answer) -> bytes:
    body = json.dumps(answer.body).encode()
    reason = HTTPStatus(answer.status).phrase
    head = (
        f"HTTP/1.1 {answer.status} {reason}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
