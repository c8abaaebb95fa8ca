"""One node, everything: database, web and worker, watched by this process."""

import logging
import signal
import socket
import threading
from collections.abc import Callable

from waystation.backends.postgres.supervisor import EmbeddedPostgres
from waystation.bootstrap.children import Children
from waystation.kernel.clock import SystemClock
from waystation.kernel.errors import ConflictError
from waystation.settings import Settings

log = logging.getLogger(__name__)

_LOOK_S = 2.0


class Node:
    """A single-node service. Use from the main thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._postgres: EmbeddedPostgres | None = None
        self.children = Children(SystemClock())
        self.port = settings.web.port
        self.dsn = ""

    @property
    def url(self) -> str:
        """Where people find it."""
        web = self._settings.web
        scheme = "https" if web.tls_certificate else "http"
        return web.url or f"{scheme}://{web.host}:{self.port}"

    def start_database(self) -> str:
        """The database's DSN; starts our own server when none is given."""
        if self._settings.postgres.dsn is not None:
            self.dsn = self._settings.postgres.dsn.get_secret_value()
        else:
            self._postgres = EmbeddedPostgres(self._settings.data_dir)
            self.dsn = self._postgres.start()
        return self.dsn

    def start_services(self) -> None:
        """Web, grid port and worker; they find the database by their environment.

        Raises:
            ConflictError: the port is taken (the server itself would silently share it).
        """
        grid = self._settings.grid
        self.port = free_port(self._settings.web.host, self._settings.web.port)
        if grid.port:
            free_port(grid.host, grid.port, setting="grid.port")
        mover = self._settings.mover
        if mover.port:
            free_port(mover.host, mover.port, setting="mover.port")
        mwa = self._settings.dialects.mwa_staging
        if mwa.listen:
            free_port(*mwa.at, setting="dialects.mwa_staging.listen")
        variables = {"WAYSTATION_POSTGRES__DSN": self.dsn, "WAYSTATION_WEB__PORT": str(self.port)}
        self.children.add("web", "waystation", "web", **variables)
        if grid.port:
            self.children.add("grid", "waystation", "grid", **variables)
        if mover.port:
            self.children.add("mover", "waystation", "mover", **variables)
        if mwa.listen:
            self.children.add("mwa-staging", "waystation", "mwa-staging", **variables)
        globus = self._settings.dialects.ltfsee_globus
        if globus.enabled and globus.socket is not None:
            self.children.add("stage-socket", "waystation", "stage-socket", **variables)
        self.children.add("worker", "waystation", "worker", **variables)

    def watch(self, each_time: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or Ctrl-C: what ended is started again."""
        waited = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, waited)
        while not _told_to_stop(waited):
            self.children.look()
            if self._postgres is not None and not self._postgres.alive():
                log.error("postgres ended; starts again")
                self._postgres.respawn()
            each_time()

    def pause(self, seconds: float) -> None:
        """Wait a moment while looking after the children."""
        self.children.look()
        threading.Event().wait(seconds)

    def stop(self) -> None:
        """Everything that was started here, the database last."""
        self.children.stop()
        if self._postgres is not None:
            self._postgres.stop()


def _told_to_stop(waited: set[signal.Signals]) -> bool:
    """Wait a moment for one of these signals.

    A process that was stopped meanwhile and goes on is told of a signal 0 by CPython 3.11.
    """
    info = signal.sigtimedwait(waited, _LOOK_S)
    return info is not None and info.si_signo in waited


def free_port(host: str, port: int, *, setting: str = "web.port") -> int:
    """The port when it is free, a free one for 0.

    Raises:
        ConflictError: it is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as taken:
            raise ConflictError(
                f"Port {port} on {host} is taken: {taken.strerror}.",
                advice=f"Stop what uses it, or set {setting}.",
            ) from taken
        return int(trial.getsockname()[1])
