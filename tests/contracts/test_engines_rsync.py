"""The engine `rsync` at a real rsync daemon."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.folders import Folders
from deploy.proxies import program
from running import _die_with_tests, free_port, until
from waystation.backends.transfer.rsync.way import RsyncConfig, rsync_engine
from waystation.domains.transfers.entities import Endpoint, Kind, TaskState
from waystation.domains.transfers.errors import EngineUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_testing.transfer import EngineContract, ended, load_of, piece, programs

HOSTS = ("127.0.0.1:*", "host")
USER, PASSWORD = "mover", "rsync-secret-of-the-tests"


class Daemon:
    """An rsync daemon that shows one folder to who has the password."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.files = home / "files"
        self.files.mkdir(parents=True)
        self.password = home / "password"
        for file, text in ((self.password, PASSWORD), (home / "users", f"{USER}:{PASSWORD}")):
            file.touch(mode=0o600)
            file.write_text(f"{text}\n")
        root = "uid = root\ngid = root\n" if os.geteuid() == 0 else ""
        (home / "rsyncd.conf").write_text(
            f"address = 127.0.0.1\nport = {self.port}\nuse chroot = no\nlog file = {home}/log\n"
            f"{root}[files]\npath = {self.files}\nread only = no\nauth users = {USER}\n"
            f"secrets file = {home}/users\n"
        )

    def url(self, folder: Path) -> str:
        inside = folder.relative_to(self.files)
        return f"rsync://{USER}@127.0.0.1:{self.port}/files/{inside}"

    def start(self) -> subprocess.Popen:
        words = [program("rsync"), "--daemon", "--no-detach", f"--config={self.home}/rsyncd.conf"]
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_tests,  # noqa: PLW1509 - one call of the C library
        )

    def answers(self) -> bool:
        words = [program("rsync"), f"rsync://127.0.0.1:{self.port}/"]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    made = Daemon(tmp_path_factory.mktemp("rsync"))
    running = made.start()
    try:
        assert until(made.answers, 20), (made.home / "log").read_text()
        yield made
    finally:
        running.terminate()
        running.wait(20)


class Remote(Folders):
    """Two folders of which the daemon shows one."""

    secrets = (PASSWORD,)

    def __init__(self, root, daemon, far):
        super().__init__(root)
        self.daemon = daemon
        end = Endpoint(Kind.RSYNC, {"url": daemon.url(self.places[far])})
        self.source, self.target = (end, self.target) if far == "from" else (self.source, end)

    def engine(self):
        config = RsyncConfig("rsync", "here", HOSTS, password_file=self.daemon.password)
        return rsync_engine(config, SystemClock(), self.claims)


@pytest.fixture(params=["from", "to"])
def world(request, daemon, tmp_path):
    return Remote(daemon.files / tmp_path.name, daemon, request.param)


class TestRsync(EngineContract):
    pass


def test_what_is_no_address_is_objected_to(world):
    engine = world.engine()
    for url in ("-oProxyCommand=x:/y", "host", "rsync://host", "rsync://-e/x", "a b:/c"):
        end = Endpoint(Kind.RSYNC, {"url": url})
        assert "url" in str(engine.objection(end, Endpoint(Kind.PATH, {"root": "/"})))
    here = Endpoint(Kind.PATH, {"root": "/"})
    for url, may in {
        "host:/folder": True,
        "user@host:/folder": True,
        "rsync://host/module": True,
        "rsync://host@evil/module": False,
        "other:/folder": False,
        "rsync://127.0.0.1:99/module": True,
    }.items():
        refusal = engine.objection(Endpoint(Kind.RSYNC, {"url": url}), here)
        assert (refusal is None) is may, (url, refusal)
    far = Endpoint(Kind.RSYNC, {"url": "host:/folder"})
    assert "this machine" in str(engine.objection(far, far))
    engine.close()


def test_a_daemon_that_is_away_is_told_in_its_words(world, tmp_path):
    gone = Endpoint(Kind.RSYNC, {"url": f"rsync://127.0.0.1:{free_port()}/files"})
    far_source = world.source.kind is Kind.RSYNC
    world.source, world.target = (gone, world.target) if far_source else (world.source, gone)
    world.put("f.dat", b"f")
    engine = world.engine()
    progress = ended(world, engine, engine.submit(load_of(world, piece(1, "f.dat", b"f"))))
    assert progress.state is TaskState.FAILED
    assert "Connection refused" in progress.failed[1]
    engine.close()


def test_a_program_that_hangs_is_ended_with_its_task(world):
    """Somebody takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rsync://127.0.0.1:{silent.getsockname()[1]}/files"
        far_source = world.source.kind is Kind.RSYNC
        end = Endpoint(Kind.RSYNC, {"url": url})
        world.source, world.target = (end, world.target) if far_source else (world.source, end)
        world.put("f.dat", b"f")
        engine = world.engine()
        handle = engine.submit(load_of(world, piece(1, "f.dat", b"f")))
        assert until(lambda: any(url in line for line in programs()), 20)
        other = world.engine()
        assert other.look([handle])[handle].state is TaskState.MOVING
        with pytest.raises(EngineUnavailableError):
            other.cancel(handle)
        engine.cancel(handle)
        assert "cancelled" in ended(world, engine, handle).words
        assert not any(url in line for line in programs())
        engine.close()
        assert other.look([handle])[handle].state is TaskState.LOST
        other.close()


ENGINE = """
import pathlib, sys, threading
from waystation.backends.transfer.hands.claims import Claims
from datetime import timedelta
from waystation.backends.transfer.rsync.way import RsyncConfig, rsync_engine
from waystation.domains.transfers.entities import Endpoint, Kind, Load, Piece
from waystation.kernel.clock import SystemClock
clock = SystemClock()
far, near = Endpoint(Kind.RSYNC, {"url": sys.argv[1]}), Endpoint(Kind.PATH, {"root": sys.argv[2]})
one = Piece(1, "f.dat", "f.dat", 1, {})
claims = Claims(pathlib.Path(sys.argv[2], "claims"))
engine = rsync_engine(RsyncConfig("rsync", "here", ("127.0.0.1:*",)), clock, claims)
engine.submit(Load("key", far, near, [one], "x", clock.now() + timedelta(hours=1)))
threading.Event().wait(60)
"""


def test_a_program_dies_with_us(tmp_path):
    """Killed at once, without a chance to tidy up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"rsync://127.0.0.1:{silent.getsockname()[1]}/files"
        words = [sys.executable, "-c", ENGINE, url, str(tmp_path)]

        def ours():
            return [line for line in programs() if url in line and "--files-from" in line]

        # What it leaves, being killed, is the test's.
        there = {**os.environ, "TMPDIR": str(tmp_path)}
        with subprocess.Popen(words, env=there, preexec_fn=_die_with_tests) as process:  # noqa: PLW1509
            try:
                assert until(ours, 60)
            finally:
                process.kill()
        assert until(lambda: not ours(), 20)
