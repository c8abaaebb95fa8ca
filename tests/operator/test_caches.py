"""Row 17: pages keep things in a cache, of one of four kinds, by one setting."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from real.kafka_broker import free_port
from running import until

COMMANDS = {
    "memcached": ["memcached", "-u", "nobody", "-l", "127.0.0.1", "-p"],
    "redis": ["redis-server", "--save", "", "--bind", "127.0.0.1", "--port"],
}


@contextmanager
def server(kind: str) -> Iterator[int]:
    """A real one on a free port of this machine."""
    port = free_port()
    assert shutil.which(COMMANDS[kind][0]), "tools/system-packages installs it"
    child = subprocess.Popen([*COMMANDS[kind], str(port)], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    try:
        assert until(answers, 20)
        yield port
    finally:
        child.kill()
        child.wait(20)


@pytest.mark.parametrize("kind", ["memcached", "redis"])
def test_row_17_a_cache_beside_us_is_used_and_missed_without_harm(waystation, kind):
    with server(kind) as port:
        toml = f'[web]\ncache = "{kind}://127.0.0.1:{port}"\n'
        assert "well   web.cache" in waystation(toml, "doctor").stdout
    done = waystation(toml, "doctor")
    assert f"wrong  web.cache: {kind}://127.0.0.1:{port} does not answer" in done.stdout


@pytest.mark.parametrize("said", ["memory", "database"])
def test_row_17_our_own_need_nothing(waystation, said):
    done = waystation(f'[web]\ncache = "{said}"\n', "doctor")
    assert f"well   web.cache: {said}" in done.stdout


def test_row_17_a_place_that_is_none_is_refused(waystation):
    done = waystation('[web]\ncache = "floppy"\n', "config", "check")
    assert done.returncode != 0
    assert "web.cache" in done.stderr + done.stdout
