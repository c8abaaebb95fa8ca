"""A PostgreSQL server as our child: made once, started, watched, stopped; never orphaned.

The lock beside the data says who owns the server; a second owner is refused.
"""

import ctypes
import fcntl
import logging
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

from waystation.backends.postgres.binaries import Runner, directory, runner
from waystation.kernel.errors import ConflictError, UnavailableError
from waystation.kernel.keys import load_or_make

log = logging.getLogger(__name__)

USER = DATABASE = "waystation"
_PR_SET_PDEATHSIG = 1
_SLOW_START_S = 10
_ASK_S = 5
_STOP_S = 20
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    # An idle node should be idle: these wake the server many times a second for nothing.
    "bgwriter_delay": "2s",
    "wal_writer_delay": "200ms",
    "autovacuum_naptime": "15s",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the server keeps what it has, below the data directory."""

    home: Path

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.home / "data"

    @property
    def lock(self) -> Path:
        """Held by the owner of the server."""
        return self.home / "lock"

    @property
    def port(self) -> Path:
        """The port, chosen free once."""
        return self.home / "port"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.home / "log"

    @property
    def password(self) -> Path:
        """Of the one database user."""
        return self.home.parent / "keys" / "postgres"


def running(data_dir: Path) -> str | None:
    """The DSN of the server below a data directory that another process of ours runs, if any."""
    at = Layout(data_dir / "postgres")
    try:
        port, password = int(at.port.read_text()), at.password.read_text().strip()
        socket.create_connection(("127.0.0.1", port), timeout=_ASK_S).close()
    except (OSError, ValueError):
        return None
    return _dsn(port, password)


def _dsn(port: int, password: str) -> str:
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"


class EmbeddedPostgres:
    """Owner of a server child. Start it from the main thread of the top process.

    The death signal that ends an abandoned server follows the thread that forked it.

    Args:
        data_dir: below which it lives.
        programs: where `postgres` and `initdb` are; None is those of the wheel.
    """

    def __init__(self, data_dir: Path, programs: Path | None = None) -> None:
        self._at = Layout(data_dir / "postgres")
        self._who: Runner = runner()
        self._bin = programs or directory(self._who, data_dir / "bin")
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    @property
    def dsn(self) -> str:
        """How to reach the server; valid after `start`."""
        return _dsn(int(self._at.port.read_text()), load_or_make(self._at.password))

    def start(self) -> str:
        """Make the cluster when there is none, start it, wait until it answers; the DSN.

        Raises:
            ConflictError: another process owns this data directory.
            UnavailableError: the server ended while starting; its last words are in the error.
        """
        self._take_lock()
        if not (self._at.data / "PG_VERSION").exists():
            self._make()
        self._check_version()
        self._let_the_old_one_end()
        self.respawn()
        return self.dsn

    def respawn(self) -> None:
        """Start the server child and wait until it answers; also after it died."""
        port = self._free_port()
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with self._at.log.open("ab") as out:
            self._child = subprocess.Popen(
                [
                    *(str(self._bin / "postgres"), "-D", str(self._at.data)),
                    *("-p", str(port), "-c", f"unix_socket_directories={self._at.home}"),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=self._at.home,
                preexec_fn=_child_setup(self._who, os.getpid()),  # noqa: PLW1509 - before threads
            )
        self._wait()

    def alive(self) -> bool:
        """Whether the server child runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """Stop it: fast shutdown, then an immediate one; never a kill."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                log.warning("postgres did not stop in time; immediate shutdown")
                self._child.send_signal(signal.SIGQUIT)
                self._child.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_lock(self) -> None:
        self._at.home.mkdir(parents=True, exist_ok=True)
        self._at.home.chmod(0o711)
        self._who.own(self._at.home)
        self._lock = self._at.lock.open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise ConflictError(
                f"Another Waystation runs on {self._at.home.parent}.",
                advice="Stop it first, or give this one another data_dir.",
            ) from taken

    def _make(self) -> None:
        """Run initdb beside the place and move it there, so that a half-made one is never used."""
        draft = self._at.home / "data.new"
        subprocess.run(["rm", "-rf", draft], check=True, timeout=60)
        handed = self._at.home / "pwfile"
        handed.touch(0o600)
        handed.write_text(load_or_make(self._at.password))
        self._who.own(handed)
        made = subprocess.run(
            [
                *(str(self._bin / "initdb"), "-D", str(draft), "-U", USER),
                f"--pwfile={handed}",
                *("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "-E", "UTF8"),
                *("--locale=C.UTF-8", "--data-checksums"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self._at.home,
            preexec_fn=self._who.become,
            timeout=120,
            check=False,
        )
        handed.unlink()
        if made.returncode:
            raise UnavailableError(
                "The database could not be made: " + made.stderr.decode(errors="replace").strip(),
                advice=f"Look at the disk and the rights of {self._at.home}.",
            )
        draft.rename(self._at.data)

    def _check_version(self) -> None:
        major = (self._at.data / "PG_VERSION").read_text().strip()
        told = subprocess.run(
            [self._bin / "postgres", "--version"], capture_output=True, check=True, timeout=30
        )
        program = told.stdout.decode().split()[-1].split(".")[0]
        if major != program:
            raise ConflictError(
                f"The data are of PostgreSQL {major}, the program is {program}.",
                advice="See docs/how-to/upgrade.md: dump with the old version, restore here.",
            )

    def _let_the_old_one_end(self) -> None:
        """The server of an owner that was killed stops by itself, which can take a while."""
        pause, waited = threading.Event(), 0.0
        while _server_of(self._at.data) and waited < _STOP_S:
            pause.wait(0.05)
            waited += 0.05

    def _free_port(self) -> int:
        """The port used before when it is free, else a free one, remembered."""
        known = int(self._at.port.read_text()) if self._at.port.exists() else 0
        for port in (known, 0):
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind(("127.0.0.1", port))
                except OSError:
                    continue
                chosen = int(trial.getsockname()[1])
                self._at.port.write_text(f"{chosen}\n")
                return chosen
        raise UnavailableError("No TCP port is free on 127.0.0.1.")

    def _wait(self) -> None:
        """Until a real query is answered. Crash recovery has no time limit, only a log line."""
        pause, waited = threading.Event(), 0.0
        while self.alive():
            try:
                with psycopg.connect(self._server_dsn(), connect_timeout=5) as conn:
                    _ensure_database(conn)
                    return
            except psycopg.OperationalError:
                pause.wait(0.05)
                waited += 0.05
                if waited > _SLOW_START_S:
                    log.info("postgres is still starting (crash recovery may take long)")
                    waited = 0.0
        last = self._at.log.read_text(errors="replace").splitlines()[-5:]
        raise UnavailableError(
            "PostgreSQL ended while starting: " + " | ".join(last),
            advice=f"See {self._at.log}.",
        )

    def _server_dsn(self) -> str:
        return self.dsn.removesuffix(DATABASE) + "postgres"


def _server_of(data: Path) -> bool:
    """Whether a server still runs on a data directory, by the process that its file names."""
    try:
        pid = (data / "postmaster.pid").read_text().split()[0]
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, IndexError):
        return False


def _ensure_database(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    conn.autocommit = True
    if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        conn.execute(f"CREATE DATABASE {DATABASE}".encode())


def _child_setup(who: Runner, parent: int) -> Callable[[], None]:
    """What the child does before exec: drop the user, then ask to die with its parent.

    The order matters: a change of uid clears the death signal. The parent may be gone already.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def setup() -> None:
        who.become()
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return setup
