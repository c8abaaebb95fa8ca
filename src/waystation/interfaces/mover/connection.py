"""One connection to the mover: HTTP/1.1, GET and HEAD of what a ticket names, nothing else."""

import contextlib
import json
import logging
import os
import socket
import stat
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from time import monotonic

import h11

from waystation.interfaces import problems
from waystation.interfaces.dav import giving
from waystation.interfaces.dav.giving import Answer
from waystation.interfaces.dav.ranges import Slice
from waystation.interfaces.dav.tickets import PREFIX, Seal, Ticket, identity
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.mouths import Headers
from waystation.interfaces.mover.pace import Pace, Patience
from waystation.interfaces.mover.pouring import pour, say
from waystation.kernel import tracing
from waystation.kernel.clock import Clock
from waystation.kernel.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    WaystationError,
)

log = logging.getLogger(__name__)

LARGEST_HEAD = 65_536
_RECEIVE = 65_536
# Whatever it is: by no link and no pipe that somebody put in its place.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_VERBS = (b"GET", b"HEAD")
"""Requests with a body are none of ours: whoever sends one is answered and let go."""


class Giver:
    """What all connections share.

    Args:
        seal: opens tickets.
        clock: says whether they are over.
        patience: limits of the port.
    """

    def __init__(self, seal: Seal, clock: Clock, patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
        self.seal = seal
        self.clock = clock
        self.patience = patience
        self._running: dict[socket.socket, int] = {}

    def serve(self, line: socket.socket) -> None:
        """Answer one connection until it ends. Trouble with it is nobody else's."""
        try:
            _Talk(self, line).go_on()
        except (OSError, h11.LocalProtocolError) as gone:
            log.info("mover: a connection ended early: %s", gone)
        except Exception:
            log.exception("mover: a connection is closed")

    @contextmanager
    def running(self, line: socket.socket, user: int) -> Iterator[None]:
        """An answer is under way, for an account."""
        self._running[line] = user
        try:
            yield
        finally:
            del self._running[line]

    def cut(self, still: Callable[[Sequence[int]], set[int]]) -> None:
        """End what is under way for accounts that are suspended.

        Args:
            still: which of these accounts are active.
        """
        running = list(self._running.items())
        users = sorted({user for _, user in running if user})
        closed = set(users) - still(users) if users else set()
        for line, user in running:
            if user in closed:
                log.info("mover: cut a download: its account is suspended")
                with contextlib.suppress(OSError):  # it has just ended
                    # Not TLS's own: another thread is in it.
                    socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Talk:
    """One connection."""

    def __init__(self, giver: Giver, line: socket.socket) -> None:
        self._giver = giver
        self._line = line
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)

    def go_on(self) -> None:
        """Request after request, until one side has had enough."""
        while True:
            try:
                request = self._request()
            except h11.RemoteProtocolError:
                self._refuse(MalformedError("This is no request."))
                return
            if request is None:
                return
            self._answer(request)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def _request(self) -> h11.Request | None:
        """The next request, with whatever body it has passed over; None when there is none."""
        deadline = monotonic() + self._giver.patience.head_s
        request = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                left = deadline - monotonic()
                if left <= 0:
                    return None
                self._line.settimeout(left)
                self._http.receive_data(self._line.recv(_RECEIVE))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.EndOfMessage):
                return request
            elif isinstance(event, h11.Data):
                return request  # it is answered, and the connection closed
            else:
                return None

    def _answer(self, request: h11.Request) -> None:
        tracing.begin("")
        try:
            self._give(request)
        except WaystationError as refusal:
            self._refuse(refusal)

    def _give(self, request: h11.Request) -> None:
        if request.method not in _VERBS:
            raise WrongVerbError(
                "Files are only fetched here.", advice="Put them where you asked."
            )
        given = self._ticket(request.target)
        tracing.begin(given.request)
        if given.ends <= self._giver.clock.now().timestamp():
            # Who goes on with a download of an hour ago is asked again who he is.
            self._head(
                Answer(307, [(b"location", given.back.encode()), (b"content-length", b"0")])
            )
            self._end()
            return
        headers: Headers = [(bytes(name), bytes(value)) for name, value in request.headers]
        with _opened(given) as file, self._giver.running(self._line, given.user):
            told = giving.answer(headers, given.face(), body=request.method == b"GET")
            self._head(told)
            pace = Pace(self._giver.patience)
            for piece in told.pieces:
                self._http.send_with_data_passthrough(h11.Data(data=_sized(piece)))  # type: ignore[arg-type]
                if isinstance(piece, Slice):
                    pour(self._line, file, piece, pace)
                else:
                    say(self._line, piece, pace, more=True)
        self._end()

    def _ticket(self, target: bytes) -> Ticket:
        """What an address says.

        Raises:
            NotFoundError: it is no address of ours.
        """
        text = target.decode("ascii", "replace")
        sealed = text.removeprefix(PREFIX).partition("/")[0]
        found = self._giver.seal.open(sealed) if text.startswith(PREFIX) else None
        if found is None:
            raise NotFoundError(
                "There is nothing here.", advice="Ask for the file where you got this address."
            )
        return found

    def _refuse(self, refusal: WaystationError) -> None:
        """Say why not, and close: what else the client may have sent is not read."""
        body = json.dumps(problems.document(refusal, request_id=tracing.request_id.get())).encode()
        headers = [
            (b"content-type", problems.MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"connection", b"close"),
            *([(b"allow", b", ".join(_VERBS))] if refusal.code == WrongVerbError.code else []),
        ]
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        self._head(Answer(problems.status_of(refusal.code), headers))
        with contextlib.suppress(h11.LocalProtocolError):  # the answer to HEAD has no body
            say(
                self._line, self._http.send(h11.Data(data=body)) or b"", Pace(self._giver.patience)
            )
            self._end()

    def _head(self, told: Answer) -> None:
        response = h11.Response(status_code=told.status, headers=told.headers)
        data = self._http.send(response)
        assert data is not None
        say(self._line, data, Pace(self._giver.patience), more=bool(told.pieces))

    def _end(self) -> None:
        rest = self._http.send(h11.EndOfMessage())
        if rest:
            say(self._line, rest, Pace(self._giver.patience))


@contextmanager
def _opened(given: Ticket) -> Iterator[int]:
    """The file that was meant, and no other.

    Raises:
        NotFoundError: it is gone.
        ConflictError: something else is in its place.
    """
    try:
        file = os.open(given.place, _READ)
    except OSError as problem:
        raise NotFoundError("The file is not on the disk any more.") from problem
    try:
        if identity(file) != tuple(given.seen) or not stat.S_ISREG(os.fstat(file).st_mode):
            raise ConflictError("The file was changed just now.", advice="Ask for it again.")
        yield file
    finally:
        os.close(file)


def _sized(piece: bytes | Slice) -> Sized:
    """What is sent past the protocol's bookkeeping; it only needs to know how much."""
    return range(piece.length if isinstance(piece, Slice) else len(piece))
