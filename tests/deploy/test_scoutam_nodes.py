"""HAProxy before the nodes of a ScoutAM, as shipped: the nodes in turn, the dead ones left out."""

import json
import random
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.proxies import rendered, start_haproxy
from running import free_port, until
from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.kernel.clock import SystemClock
from waystation_sim.scoutam.running import RunningScoutAM
from waystation_sim.site.layout import SiteSettings
from waystation_testing.tape import becomes, wanted


class Node:
    """The machine of one node: its port leads to the node until the machine is dead."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.port = free_port()
        self.taken = 0
        self._links: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.live()

    def live(self) -> None:
        """Take connections."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def die(self) -> None:
        """Close the port and cut every connection."""
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._links.clear()

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self.taken += 1
                far = socket.create_connection(("127.0.0.1", self.behind))
                self._links += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_relay, args=pair, daemon=True).start()


def _relay(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError), source, to:
        while some := source.recv(1 << 16):
            to.sendall(some)


class World:
    """What `becomes` asks of a world."""

    patience_s = 60.0


@pytest.fixture(scope="module")
def scout(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scoutam")
    chance = random.Random(8)
    (folder / "source" / "run").mkdir(parents=True)
    for n in range(60):
        content = chance.randbytes(chance.randint(1_000, 20_000))
        (folder / "source" / "run" / f"{n:03}.fits").write_bytes(content)
    running = RunningScoutAM(folder / "site", speed_up=20_000)
    running.archive(folder / "source", SiteSettings(drives=2))
    running.set_up(nodes=2)
    with running:
        yield running


@pytest.fixture
def nodes(scout):
    made = [Node(port) for port in scout.settings.ports]
    yield made
    for node in made:
        with suppress(OSError):
            node.die()


@pytest.fixture
def front(scout, nodes, tmp_path):
    """HAProxy with the shipped file: the port that clients come to, its statistics."""
    port, stats = free_port(), tmp_path / "stats.sock"
    config = rendered(
        tmp_path,
        "haproxy/scoutam.cfg.in",
        SCOUT_BIND=f"127.0.0.1:{port}",
        SCOUT_ONE=f"127.0.0.1:{nodes[0].port}",
        SCOUT_TWO=f"127.0.0.1:{nodes[1].port}",
        SCOUT_CA=scout.settings.certificate,
        STATS=stats,
    )
    proxy = start_haproxy(tmp_path, config)
    try:
        up = until(lambda: stats.exists() and set(states(stats).values()) == {"UP"}, 20)
        assert up, proxy.log.read_text()
        yield port, stats
    finally:
        proxy.stop()


def table(stats: Path) -> list[dict[str, str]]:
    """HAProxy's own word on its servers."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(stats))
        link.sendall(b"show stat json\n")
        with link.makefile("rb") as said:
            rows = json.loads(said.read())
    tables = [{f["field"]["name"]: f["value"]["value"] for f in row} for row in rows]
    return [row for row in tables if row["svname"] in {"one", "two"}]


def states(stats: Path) -> dict[str, str]:
    return {row["svname"]: row["status"] for row in table(stats)}


def backend(scout, port, folder) -> ScoutAM:
    """Ours, with the proxy as the only node that it knows."""
    folder.mkdir(mode=0o700, exist_ok=True)
    told = scout.settings
    return ScoutAM(
        ScoutAMConfig(
            urls=(f"https://127.0.0.1:{port}",),
            account=told.account,
            password=told.password,
            state_dir=folder,
            topic="stage-news",
            ca_file=Path(told.certificate),
            timeout_s=3.0,
            connect_timeout_s=1.0,
            node_pause_s=0.2,
            look_after_s=0.0,
        ),
        SystemClock(),
    )


def paths(scout, begin, end):
    return sorted(str(path) for path in scout.cache.rglob("*.fits"))[begin:end]


def online(tape, files):
    return all(report.residency.on_disk for report in tape.locate(files))


def test_m18_one_host_reaches_every_node_in_turn(scout, front, nodes, tmp_path):
    """M18: `balance source` sent all that came from one host to one node."""
    port, stats = front
    for n in range(6):
        assert backend(scout, port, tmp_path / f"lists{n}").locate(paths(scout, 0, 2))
    served = {row["svname"]: int(row["stot"]) for row in table(stats)}
    assert min(served.values()) >= 2, served


def test_m18_a_dead_node_is_left_out_and_staging_goes_on(scout, front, nodes, tmp_path):
    """M18: without a check, calls went on to a node that was dead."""
    port, stats = front
    tape, files = backend(scout, port, tmp_path / "lists"), paths(scout, 10, 30)
    first = tape.recall(wanted("before", files[:10]))
    nodes[0].die()
    assert until(lambda: states(stats)["one"] == "DOWN", 20)
    second = tape.recall(wanted("after", files[10:]))
    assert becomes(World, lambda: online(tape, files))
    assert len({first, second}) == 2
    nodes[0].live()
    assert until(lambda: states(stats)["one"] == "UP", 20)


def test_m18_a_node_that_hangs_is_left_out_too(scout, front, nodes, tmp_path):
    """It takes connections, even TLS, and never answers: only a real call finds that."""
    port, stats = front
    scout.fault("scout-hang", "1")
    try:
        assert until(lambda: states(stats)["two"] == "DOWN", 30)
        tape, files = backend(scout, port, tmp_path / "lists"), paths(scout, 40, 50)
        tape.recall(wanted("hanging", files))
        assert becomes(World, lambda: online(tape, files))
    finally:
        scout.fault("scout-answer", "1")


def test_the_nodes_need_no_proxy_at_all(scout, nodes, tmp_path):
    """Waystation looks after the nodes itself when the settings name each."""
    folder = tmp_path / "lists"
    single = backend(scout, nodes[0].port, folder)
    urls = tuple(f"https://127.0.0.1:{node.port}" for node in nodes)
    tape = ScoutAM(replace(single._config, urls=urls), SystemClock())
    nodes[0].die()
    files = paths(scout, 50, 60)
    tape.recall(wanted("alone", files))
    assert becomes(World, lambda: online(tape, files))
