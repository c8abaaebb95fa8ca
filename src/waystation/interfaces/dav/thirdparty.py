"""COPY between this server and another one, neither through the client (WLCG HTTP-TPC).

Pull: `Source:` names the file there. Push: `Destination:` does. `TransferHeader…` headers go to
the other server without that word in front; the client's own credentials never do.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from waystation.domains.accounts.door import Grant, Verb
from waystation.domains.hosting.door import (
    ALWAYS,
    Condition,
    Hosting,
    Reader,
    RemoteError,
    Remotes,
    Role,
    names,
)
from waystation.interfaces.dav import asking
from waystation.interfaces.dav.asking import Where
from waystation.interfaces.dav.digests import Sums, announced
from waystation.interfaces.dav.giving import Face
from waystation.interfaces.dav.markers import Progress
from waystation.interfaces.dav.taking import Announced, take
from waystation.interfaces.dav.waiting import far
from waystation.interfaces.mouths import Headers, Message, Receive
from waystation.kernel.errors import (
    ForbiddenError,
    LimitReachedError,
    MalformedError,
)

WANT = {"want-digest": "adler32,sha-256;q=0.9", "want-repr-digest": "sha-256=9"}
CHUNK = 2**20
_PASSED = b"transferheader"
_OURS = {"host", "content-length", "transfer-encoding", "connection", "te", "upgrade", "expect"}


@dataclass(frozen=True, slots=True)
class Errand:
    """What a COPY asks for.

    Attributes:
        url: of the file there.
        pull: it comes from there.
        headers: for the other server.
        overwrite: what is at the target may go.
        verified: without a checksum of the other server it is not done.
    """

    url: str
    pull: bool
    headers: Mapping[str, str]
    overwrite: bool
    verified: bool


def asked(headers: Headers) -> bool:
    """Whether a client that has servers copy sent this: it reads the answer to its last line."""
    return any(name in {b"credential", b"x-number-of-streams"} for name, _ in headers)


def errand(headers: Headers) -> Errand | None:
    """What a COPY has to do with another server; None when it stays here.

    Raises:
        MalformedError: both a source and a destination, or a credential that we cannot use.
    """
    given = {name: value.decode("latin-1").strip() for name, value in headers}
    source, target = given.get(b"source", ""), given.get(b"destination", "")
    if source and target:
        raise MalformedError("A COPY has a Source or a Destination, not both.")
    if not source and asking.here(headers, target):
        return None
    if given.get(b"credential", "none").lower() not in {"none", "bearer", "token"}:
        raise MalformedError(
            f"Credential: {given[b'credential']} is not done here: nothing is delegated to us.",
            advice="Send a token for the other server: TransferHeaderAuthorization: Bearer …",
        )
    passed = {
        name[len(_PASSED) :].decode("latin-1"): value
        for name, value in given.items()
        if name.startswith(_PASSED)
    }
    return Errand(
        url=_web(source or target),
        pull=bool(source),
        headers={name: value for name, value in passed.items() if name and name not in _OURS},
        overwrite=asking.overwrites(headers),
        verified=given.get(b"requirechecksumverification", "true").lower() != "false",
    )


class Copies:
    """Those of one process.

    Args:
        hosting: the subject.
        remotes: other servers.
        most: at a time.
    """

    def __init__(self, hosting: Hosting, remotes: Remotes, most: int) -> None:
        self._hosting = hosting
        self._remotes = remotes
        self._left = most

    def allow(self, who: Grant, at: Where, wanted: Errand) -> None:
        """Refuse before the answer begins; in a thread.

        Raises:
            ForbiddenError: the other server may not be reached from here.
            LimitReachedError: too many at this moment.
            NotFoundError, ForbiddenError: not with the caller's role in the space.
        """
        least = Role.WRITER if wanted.pull else Role.READER
        verbs = [Verb.CREATE, Verb.MODIFY] if wanted.pull else [Verb.READ]
        self._hosting.spaces.need(who, at.space, least, at=names(at.path), verbs=verbs)
        refusal = self._remotes.objection(wanted.url)
        if refusal:
            raise ForbiddenError(refusal)
        if self._left <= 0:
            raise LimitReachedError("So many copies are not made at a time.")

    @contextlib.contextmanager
    def _one(self) -> Iterator[None]:
        self._left -= 1
        try:
            yield
        finally:
            self._left += 1

    async def pull(self, who: Grant, at: Where, wanted: Errand, progress: Progress) -> None:
        """Fetch the file from there; stored at once and only when its checksum is right."""
        condition = ALWAYS if wanted.overwrite else Condition(absent=True)
        with self._one():
            async with self._remotes.fetch(wanted.url, {**WANT, **wanted.headers}) as there:
                digests = _digests(there.headers)
                if wanted.verified and not digests:
                    raise RemoteError(
                        "The source tells no checksum, so nothing was copied.",
                        advice="To copy all the same send RequireChecksumVerification: false.",
                    )
                ticket = await asyncio.to_thread(
                    self._hosting.uploads.begin,
                    who,
                    at.space,
                    at.path,
                    bytes_=there.size,
                    condition=condition,
                    mtime=None,
                )
                body = _body(there.chunks, progress)
                await take(self._hosting, ticket, body, Announced(there.size, digests, condition))

    async def push(self, wanted: Errand, file: Reader, shown: Face, progress: Progress) -> None:
        """Store an open file there, and compare its checksum there with ours."""
        with self._one():
            headers = dict(wanted.headers)
            if not wanted.overwrite:
                if await self._remotes.describe(wanted.url, headers) is not None:
                    raise RemoteError("There is a file at the destination already.")
                headers["if-none-match"] = "*"
            if shown.sums.sha256 is not None:
                headers["repr-digest"] = shown.sums.rfc9530()
                headers["digest"] = shown.sums.rfc3230()
            chunks = _chunks(file, shown.size, progress)
            await self._remotes.store(wanted.url, headers, size=shown.size, chunks=chunks)
            there = await self._remotes.describe(wanted.url, {**WANT, **wanted.headers})
            _compare(there, shown, verified=wanted.verified)


def _compare(there: Mapping[str, str] | None, shown: Face, *, verified: bool) -> None:
    """Raise unless the other server has the same file."""
    if there is None or there.get("content-length", str(shown.size)) != str(shown.size):
        raise RemoteError("The destination took the file and does not have it whole.")
    told, ours = _digests(there), _known(shown.sums)
    both = told.keys() & ours.keys()
    if any(told[name] != ours[name] for name in both):
        raise RemoteError("The checksum at the destination is not that of our file.")
    if verified and not both:
        raise RemoteError(
            "The destination has the file and tells no checksum of it.",
            advice="To be content with its size send RequireChecksumVerification: false.",
        )


def _known(sums: Sums) -> dict[str, bytes]:
    adler32 = {} if sums.adler32 is None else {"adler32": sums.adler32.to_bytes(4)}
    return adler32 if sums.sha256 is None else {**adler32, "sha256": sums.sha256}


def _digests(headers: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return announced([(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()])
    except MalformedError as wrong:
        raise RemoteError(f"The other server's checksum cannot be read: {wrong}") from wrong


def _web(url: str) -> str:
    """As HTTP clients have it: gfal2 says `davs:`."""
    scheme, _, rest = url.partition(":")
    spoken = {"davs": "https", "dav": "http"}.get(scheme, scheme)
    return f"{spoken}:{rest}"


def _body(chunks: AsyncIterator[bytes], progress: Progress) -> Receive:
    """The other server's bytes as the body of an upload."""

    async def receive() -> Message:
        try:
            data = await anext(chunks)
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}
        progress.bytes += len(data)
        return {"type": "http.request", "body": data, "more_body": True}

    return receive


async def _chunks(file: Reader, size: int, progress: Progress) -> AsyncIterator[bytes]:
    left = size
    while left and (data := await far(file.read, min(CHUNK, left))):
        yield data
        left -= len(data)
        progress.bytes += len(data)
