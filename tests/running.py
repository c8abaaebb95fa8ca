"""A real node for tests: `waystation up` as its own process tree beside a simulated tape library.

Nothing here knows the inside of the product: it is started by its command, reached by HTTP, found
in /proc, and killed by process id.
"""

import ctypes
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import psycopg

from console import CONSOLE
from process_trees import alive, process, processes, tree
from waystation.backends.postgres.supervisor import Layout
from waystation.bootstrap.demo.stage import STORE, configuration
from waystation_sim.site.hardware import scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite

PR_SET_PDEATHSIG = 1
READY_S = 180.0
STOP_S = 40.0
DRIVES = 4
ADMIN = "admin"
OBSERVED_S = 1_600_000_000
"""When the archived files were written, as in an archive: long ago."""
LIBC = ctypes.CDLL(None)


BUSY = 2.5
"""How much longer than on a quiet machine is waited: tests share theirs, with real daemons."""


def until(condition: Callable[[], object], seconds: float, *, every: float = 0.1) -> bool:
    """Wait for something to become true; False when it did not in so many quiet seconds."""
    pause, end = threading.Event(), time.monotonic() + BUSY * seconds
    while not condition():
        if time.monotonic() > end:
            return False
        pause.wait(every)
    return True


# -------------------------------------------------------------------------------------- a node


@dataclass
class House:
    """A node with its tape library. `start` it; it stays itself over restarts.

    Attributes:
        home: everything it has on disk.
        site: the simulated Spectrum Archive, with real bytes.
        source: the files that were archived, by their path in the store.
        name, password, token: of an administrator, valid after the first start.
        variables: settings by their environment names, e.g. WAYSTATION_PLANNER__ATTEMPTS.
    """

    home: Path
    site: RunningSite
    source: dict[str, Path]
    config: Path
    port: int
    variables: dict[str, str] = field(default_factory=dict)
    name: str = ADMIN
    password: str = ""
    token: str = ""
    up: subprocess.Popen[bytes] | None = None
    seen: set[int] = field(default_factory=set)
    given: int = 0

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """Every file of the store."""
        return sorted(self.source)

    def untouched(self, count: int) -> list[str]:
        """So many files that no other test was given: they are still on tape only."""
        found = self.paths[self.given : self.given + count]
        assert len(found) == count, "the house has no more files"
        self.given += count
        return found

    @property
    def store(self) -> str:
        """Name of the one store."""
        return STORE

    @property
    def dsn(self) -> str:
        """Of the node's own database."""
        at = Layout(self.home / "data" / "postgres")
        password, port = at.password.read_text().strip(), at.port.read_text().strip()
        return f"postgresql://waystation:{password}@127.0.0.1:{port}/waystation"

    @property
    def log(self) -> str:
        """What the node and its children wrote."""
        return (self.home / "node.log").read_text(errors="replace")

    def start(self) -> Self:
        """Start the node and wait until it answers; the first time, make the account."""
        with (self.home / "node.log").open("ab") as log:
            self.up = subprocess.Popen(
                [sys.executable, "-m", "waystation", "up"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
            )
        assert until(self.answers, READY_S), f"no answer: {self.log[-3000:]}"
        if not self.token:
            said = self.command("user", "add", ADMIN, "--admin", "--token")
            self.password, self.token = said.split()
        self.remember()
        return self

    def stop(self) -> None:
        """End it in order, and whatever of it should be left."""
        self.remember()
        if self.up is not None:
            self.up.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.up.wait(STOP_S)
            if self.up.poll() is None:
                self.up.kill()
                self.up.wait()
            self.up = None
        for pid in filter(alive, self.seen):
            os.kill(pid, signal.SIGKILL)
        self.seen.clear()

    def answers(self) -> bool:
        """Whether it says that it is well."""
        try:
            return httpx.get(f"{self.url}/api/v1/health", timeout=2).is_success
        except httpx.TransportError:
            return False

    def client(self, token: str | None = None, **options: object) -> httpx.Client:
        """HTTP as the administrator, or as whoever has that token."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        settings = {"base_url": f"{self.url}/api/v1", "headers": headers, "timeout": 30, **options}
        return httpx.Client(**settings)  # type: ignore[arg-type]

    def account(self, name: str) -> str:
        """Make an ordinary account; a token of its own."""
        return self.command("user", "add", name, "--token").split()[1]

    def command(self, *words: str) -> str:
        """Run the operator's command against this node's database; what it printed."""
        variables = {**self.environment(), "WAYSTATION_POSTGRES__DSN": self.dsn}
        return CONSOLE.run(words, variables).strip()

    def environment(self) -> dict[str, str]:
        """Of the node's processes: ours, without what the tests themselves run on."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
        return {**kept, "WAYSTATION_CONFIG": str(self.config), **self.variables}

    @contextmanager
    def held(self, drives: int = DRIVES) -> Iterator[None]:
        """So many of its drives stand still meanwhile: what waits for them cannot be over."""
        names = [f"lib1/{n}" for n in range(DRIVES - drives, DRIVES)]
        for name in names:
            self.site.fault("stuck-drive", name)
        try:
            yield
        finally:
            for name in names:
                self.site.fault("fix-drive", name)

    # ---------------------------------------------------------------------------- its processes

    def pids(self, what: str) -> list[int]:
        """Process ids of `up`, `web`, `serving` (web's own child), `grid`, `mover`, `worker` or
        `postgres`."""
        assert self.up is not None
        if what == "up":
            return [self.up.pid]
        below = tree(self.up.pid)[1:]
        web = [p.pid for p in below if p.command.endswith("waystation web")]
        found = {
            "web": [pid for pid in web if _parent(pid) == self.up.pid],
            "serving": [p.pid for p in below if p.parent in web],
            **{
                name: [p.pid for p in below if p.command.endswith(f"waystation {name}")]
                for name in ("grid", "mover", "worker")
            },
            "postgres": [p.pid for p in below if " -D " in p.command and "postgres" in p.command],
        }
        return found[what]

    def kill(self, what: str, sign: signal.Signals = signal.SIGKILL) -> list[int]:
        """Send a signal to one kind of its processes; their ids."""
        self.remember()
        found = self.pids(what)
        for pid in found:
            os.kill(pid, sign)
        if what == "up" and sign is signal.SIGKILL:
            assert self.up is not None
            self.up.wait()
            self.up = None
        return found

    def remember(self) -> None:
        """Note all processes of the tree, so that none can be left behind unseen.

        Not the tape system's own commands: those are meant to outlive the node.
        """
        if self.up is not None and self.up.poll() is None:
            mine = [p for p in tree(self.up.pid) if str(self.site.eeadm) not in p.command]
            self.seen.update(p.pid for p in mine)

    def left(self) -> list[str]:
        """Processes ever noted that still run."""
        return [p.command for p in processes() if p.pid in self.seen and alive(p.pid)]

    def port_is_free(self) -> bool:
        """Whether nobody listens on its port."""
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) != 0

    # -------------------------------------------------------------------------------- its work

    def stage(self, paths: list[str], **more: object) -> dict[str, object]:
        """Ask for files; the answer."""
        with self.client() as http:
            answer = http.post("/stage-requests", json={"paths": paths, **more})
        assert answer.status_code in {200, 201}, answer.text
        return dict(answer.json())

    def request(self, number: object) -> dict[str, object]:
        """A request as it stands; empty while the node does not answer."""
        try:
            with self.client(timeout=5) as http:
                answer = http.get(f"/stage-requests/{number}")
        except httpx.TransportError:
            return {}
        return dict(answer.json()) if answer.is_success else {}

    def ended(self, number: object, seconds: float) -> dict[str, object]:
        """A request once it has ended, or as it is after so long."""
        until(lambda: self.request(number).get("state") not in {None, "active"}, seconds)
        return self.request(number)

    def recalls(self) -> dict[int, list[str]]:
        """Every recall task that the tape library knows: the files that it brought up."""
        tasks = [*self._tasks("-c"), *self._tasks()]
        return {int(t["task_id"]): self._brought(t["task_id"]) for t in tasks}

    def _tasks(self, *more: str) -> list[dict[str, str]]:
        words = [str(self.site.eeadm), "task", "list", *more, "--json"]
        payload = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        return [task for task in payload["payload"] if task["type"] == "recall"]

    def _brought(self, number: str) -> list[str]:
        words = [str(self.site.eeadm), "task", "show", "-r", str(number)]
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return [line.partition(" -- ")[2] for line in text.splitlines() if "Success" in line]

    def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
        """Look into its database."""
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(sql.encode(), params).fetchall()

    def wrong_bytes(self, paths: list[str]) -> list[str]:
        """Files that are not on disk as they were archived."""
        return [
            path
            for path in paths
            if not Path(path).stat().st_blocks
            or Path(path).read_bytes() != self.source[path].read_bytes()
        ]


@contextmanager
def new_house(
    *,
    directories: int = 6,
    files_each: int = 50,
    speed_up: float = 1_000.0,
    largest: int = 40_000,
    site_at: Path | None = None,
    **variables: str,
) -> Iterator[House]:
    """A node that runs, with so many small files on tape; gone afterwards.

    Args:
        directories: of files.
        files_each: in a directory.
        speed_up: how many seconds of the tape library pass in one of ours.
        largest: bytes of a file.
        site_at: where the tape library keeps its files; None is beside the node.
        variables: more settings, by their environment names.
    """
    home = Path(tempfile.mkdtemp(prefix="ws-house-", dir="/tmp"))
    home.chmod(0o755)
    site = RunningSite(site_at or home / "site", speed_up=speed_up)
    source = _archive(home / "source", site, directories, files_each, largest)
    index = Index(site.site.database)
    scale = scale_for("auto", index.tapes(), site.site.settings())
    index.close()
    port = free_port()
    config = configuration(home, site, drives=DRIVES, speed_up=speed_up, scale=scale, port=port)
    quick = {
        "WAYSTATION_PLANNER__BACKOFF_FIRST_S": "1",
        "WAYSTATION_PLANNER__LEASE_S": "10",
        "WAYSTATION_LOG__LEVEL": "INFO",
    }
    # A setting may name the port: `http://localhost:{port}`.
    said = {name: value.replace("{port}", str(port)) for name, value in variables.items()}
    house = House(home, site, source, config, port, {**quick, **said})
    try:
        with site:
            yield house.start()
    finally:
        house.stop()
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _archive(
    source: Path, site: RunningSite, directories: int, files_each: int, largest: int
) -> dict[str, Path]:
    chance = random.Random(7)
    for run in range(directories):
        (source / f"run{run}").mkdir(parents=True)
        for n in range(files_each):
            content = chance.randbytes(chance.randint(1_000, largest))
            file = source / f"run{run}" / f"obs {n:04d}.fits"
            file.write_bytes(content)
            os.utime(file, (OBSERVED_S, OBSERVED_S))
    site.archive(source, SiteSettings(drives=DRIVES), tapes=8)
    return {
        str(site.cache / file.relative_to(source)): file
        for file in source.rglob("*")
        if file.is_file()
    }


def _parent(pid: int) -> int:
    found = process(str(pid))
    return found.parent if found else 0


def _die_with_tests() -> None:
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
