"""The port itself: a thread for each connection, as many as are allowed at a time."""

import contextlib
import logging
import signal
import socket
import ssl
import threading
from pathlib import Path
from time import monotonic

from waystation.interfaces.mover.connection import Giver
from waystation.interfaces.mover.cutting import watch

log = logging.getLogger(__name__)

_BACKLOG = 512
_PAUSE_S = 0.2


def tls(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """What TLS is spoken with.

    Raises:
        OSError: a file is missing or of no use.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    made.set_alpn_protocols(["http/1.1"])
    return made


def serve(
    giver: Giver,
    context: ssl.SSLContext | None,
    *,
    host: str,
    port: int,
    dsn: str = "",
) -> None:
    """Serve until SIGTERM; what is under way then has a moment to end.

    Args:
        giver: answers.
        context: of TLS; None is without.
        host: address to listen on.
        port: to listen on.
        dsn: of the database that knows who is suspended; empty is none.

    Raises:
        OSError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    waited = {signal.SIGTERM, signal.SIGINT}
    # Before any thread begins: they inherit it, and the signal comes to this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listener:
        if dsn:
            watch(giver, dsn)
        lines = Lines(giver, context, listener)
        threading.Thread(target=lines.accept, daemon=True).start()
        signal.sigwait(waited)
        lines.close()


class Lines:
    """The connections of a port.

    Args:
        giver: answers them.
        context: of TLS; None is without.
        listener: a listening socket.
    """

    def __init__(
        self, giver: Giver, context: ssl.SSLContext | None, listener: socket.socket
    ) -> None:
        self._giver = giver
        self._context = context
        self._listener = listener
        self._room = threading.BoundedSemaphore(giver.patience.connections)
        self._closing = threading.Event()
        self._open: set[threading.Thread] = set()

    def __len__(self) -> int:
        """Connections that are open now."""
        return len(self._open)

    def accept(self) -> None:
        """Take connections until the port is closed; when it is full, they wait outside."""
        while True:
            self._room.acquire()
            try:
                line, _ = self._listener.accept()
            except OSError as problem:
                self._room.release()
                if self._closing.is_set():
                    return
                log.warning("mover: no connection can be taken: %s", problem)
                self._closing.wait(_PAUSE_S)  # no file handles are left; some will be
                continue
            thread = threading.Thread(target=self._answer, args=(line,), daemon=True)
            self._open.add(thread)
            thread.start()

    def close(self) -> None:
        """Take no more, and wait for those that are open, as long as that is sensible."""
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        end = monotonic() + self._giver.patience.drain_s
        for thread in list(self._open):
            thread.join(max(0.0, end - monotonic()))

    def _answer(self, line: socket.socket) -> None:
        try:
            with line:
                self._spoken(line)
        except OSError as problem:
            log.info("mover: no handshake: %s", problem)
        finally:
            self._open.discard(threading.current_thread())
            self._room.release()

    def _spoken(self, line: socket.socket) -> None:
        """Answer in the clear, or in TLS once hands are shaken."""
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            self._giver.serve(line)
            return
        line.settimeout(self._giver.patience.head_s)
        with self._context.wrap_socket(line, server_side=True) as private:
            self._giver.serve(private)
            with contextlib.suppress(OSError):
                private.settimeout(1.0)
                private.unwrap()
