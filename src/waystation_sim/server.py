"""A small HTTP(S) server on asyncio: keep-alive, client certificates, one answer a request."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

_PHRASES = {status.value: status.phrase for status in HTTPStatus}
LONGEST_BODY = 256 << 20
"""Bytes; a longer body ends the connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        query: the first value of each name.
        headers: names in lower case.
        person: of a client certificate, as `/DC=org/CN=Ana`; empty without one.
        node: the number of the port that was asked.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    person: str
    node: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; a body other than None is sent as JSON."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Awaitable[Answer]]


class BadRequestError(ValueError):
    """This is not HTTP as we speak it; the connection ends."""


def tls(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext | None:
    """Whom we are to clients and whose certificates we take; None for plain HTTP.

    RFC 3820 proxies are taken as well; sessions are not resumed, for a resumed one would have no
    certificate.
    """
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    if client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(client_ca)
        context.verify_flags |= ssl.VerifyFlags.VERIFY_ALLOW_PROXY_CERTS
    return context


class Server:
    """Listens on ports of 127.0.0.1."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None) -> None:
        self._handler = handler
        self._context = context
        self._servers: list[asyncio.Server] = []

    async def start(self, ports: Sequence[int]) -> None:
        """Listen."""
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
        person = _person(writer.get_extra_info("peercert"))
        try:
            while (request := await _read(reader, person, node)) is not None:
                writer.write(_wire(await self._handler(request)))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone
        except BadRequestError as error:
            writer.write(_wire(Answer(400, {"title": str(error)})))
        finally:
            writer.close()


def _person(certificate: Mapping[str, object] | None) -> str:
    names = (certificate or {}).get("subject", ())
    assert isinstance(names, tuple)
    return "".join(f"/{key}={value}" for part in names for key, value in part)


async def _read(reader: asyncio.StreamReader, person: str, node: str) -> Request | None:
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
    if not length.isdecimal() or int(length) > LONGEST_BODY:
        msg = f"no length that we take: {length!r}"
        raise BadRequestError(msg)
    body = await reader.readexactly(int(length))
    target = urlsplit(words[1])
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    return Request(words[0], target.path, query, headers, body, person, node)


def _wire(answer: Answer) -> bytes:
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": len(body)}
    known = answer.status in _PHRASES
    lines = [f"HTTP/1.1 {answer.status} {_PHRASES[answer.status] if known else 'Unnamed'}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
