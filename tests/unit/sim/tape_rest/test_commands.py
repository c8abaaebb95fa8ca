"""The simulated Tape REST site by its command line."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx

from waystation_sim.child import SOURCE, send_order
from waystation_sim.site.layout import Site, SiteSettings
from waystation_sim.site.running import RunningSite
from waystation_sim.tape_rest.running import RunningTapeSite
from waystation_sim.tape_rest.settings import TapeRestSettings


def simulate(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "waystation_sim.tape_rest", *map(str, words)],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_site_is_set_up_and_run_by_commands(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "f").write_bytes(b"content")
    home = tmp_path / "site"
    assert simulate("run", "--site", home).returncode == 1
    RunningSite(home).archive(source, SiteSettings(drives=1))
    done = simulate(
        *("setup", "--site", home, "--flavour", "storm", "--token", "t", "--http"),
        *("--changes", '{"most_files": 3}'),
    )
    assert done.returncode == 0, done.stderr
    settings = TapeRestSettings.of(home)
    assert done.stdout.startswith(settings.origin)
    assert settings.flavour.most_files == 3
    assert not settings.flavour.slash
    with RunningTapeSite(home, speed_up=20_000) as running:
        body = {"paths": [f"{settings.namespace}/f"]}
        url, headers = f"{running.endpoint}/archiveinfo", {"Authorization": "Bearer t"}
        answer = httpx.post(url, json=body, headers=headers)
        assert answer.json() == [{"path": body["paths"][0], "locality": "TAPE"}]
        assert send_order(Site(home).socket, {"kind": "tape-nonsense"}) == 2
        assert send_order(Site(home).socket, {"kind": "tape-slow", "seconds": 0}) == 0


def test_what_is_no_http_ends_the_connection_and_nothing_else(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "f").write_bytes(b"content")
    running = RunningTapeSite(tmp_path / "site", speed_up=20_000)
    running.archive(source, SiteSettings(drives=1))
    port = running.set_up(http=True, tokens=("t",)).port
    with running:
        for raw in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b""):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
                link.sendall(raw)
                link.shutdown(socket.SHUT_WR)
                answer = link.recv(1_000)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
        assert httpx.get(running.discovery).status_code == 200
