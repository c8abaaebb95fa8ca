"""Who sends bytes, and for how much CPU: our mover, nginx for us, nginx alone, XRootD, `cp`.

Goals (issue of the data host): download with authorisation <= 0.06 CPU s/GiB through nginx, and
<= 0.06 without nginx. Server CPU is that of every process with a part in it. 1 GiB in the page
cache, best of five, over loopback; curl itself costs about 0.3 s/GiB beside it.

    python -m benchmarks.service.movers

What 64 clients at a time cost in memory says `benchmarks.service.memory`.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.node import BenchNode, bench_node, cpu_s
from benchmarks.say import figure
from waystation.bootstrap.up import free_port

GIB = 2**30
ROUNDS = 5
PREFER = ("-L", "-H", "Prefer: redirect")

NGINX = """
{user} daemon off; pid {home}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{
    listen 127.0.0.1:{port};
    location /plain/ {{ alias {disk}/; }}
    location /dav/ {{ proxy_pass {url}; proxy_set_header X-Accel-Capable 1; }}
    location ~ ^/\\.bytes(?<place>/.*)$ {{ internal; alias $place; disable_symlinks on; }}
  }}
}}
"""
XROOTD = """
all.export /
oss.localroot {disk}
all.adminpath {home}
all.pidpath {home}
xrd.port {root_port}
xrd.protocol http:{port} libXrdHttp.so
"""


def main() -> None:
    """All of them, one after the other."""
    with tempfile.TemporaryDirectory(prefix="ws-movers-", dir="/dev/shm") as scratch:
        home = Path(scratch)
        home.chmod(0o755)
        (home / "disk").mkdir()
        mover = free_port("127.0.0.1", 0)
        variables = {"WAYSTATION_MOVER__PORT": str(mover), "WAYSTATION_WEB__ACCEL": "/.bytes"}
        stores = {"disk": str(home / "disk")}
        with bench_node(stores=stores, parts=["mover"], **variables) as node:
            node.run("space", "add", "b-disk", "--owner", "bench", "--store", "disk")
            _put_one(node, home)
            _speed(node, home)


def _put_one(node: BenchNode, home: Path) -> None:
    big = home / "big"
    with big.open("wb") as file:
        for _ in range(GIB // 2**24):
            file.write(os.urandom(2**24))
    _curl(node, "-T", str(big), f"{node.url}/dav/b-disk/big")
    big.unlink()


def _speed(node: BenchNode, home: Path) -> None:
    file = home / "disk" / "b-disk" / "big"
    copy = home / "copy"

    def cp() -> None:
        shutil.copyfile(file, copy)
        copy.unlink()

    _line("cp 1 GiB in memory", cp, lambda: sum(os.times()[:2]), None)
    ours = f"{node.url}/dav/b-disk/big"
    pids = (node.web.pid, node.parts["mover"].pid)
    _fetched("download by our mover, authorised", ours, pids, 0.06, node, *PREFER)
    _fetched("download from the web process, a stream", ours, pids, None, node)
    with _nginx(node, home) as (url, pid):
        theirs = (node.web.pid, pid)
        _fetched("download by nginx, authorised", f"{url}/dav/b-disk/big", theirs, 0.06, node)
        _fetched("download by nginx alone, open to all", f"{url}/plain/b-disk/big", (pid,), None,
                 None)  # fmt: skip
    if shutil.which("xrootd") is None:
        print("XRootD is not installed: apt-get install xrootd-server")
        return
    with _xrootd(home) as (url, pid):
        _fetched("download by XRootD (http), open to all", f"{url}/b-disk/big", (pid,), None, None)


def _fetched(
    what: str,
    url: str,
    pids: Sequence[int],
    goal: float | None,
    node: BenchNode | None,
    *words: str,
) -> None:
    """A line about fetching; without a node nobody is asked who he is."""
    _line(what, lambda: _curl(node, *words, "-o", "/dev/null", url),
          lambda: sum(map(cpu_s, pids)), goal)  # fmt: skip


def _line(
    what: str, act: Callable[[], None], cpu: Callable[[], float], goal: float | None
) -> None:
    """Do it some times: the least CPU and the least wall time."""
    costs, walls = [], []
    for _ in range(ROUNDS):
        before, began = cpu(), time.monotonic()
        act()
        walls.append(time.monotonic() - began)
        costs.append(cpu() - before)
    figure(f"{what}, CPU", min(costs), None if goal is None else "<=", goal, "s/GiB")
    figure("  wall", GIB / 1e6 / min(walls), None, None, "MB/s")


def _curl(node: BenchNode | None, *words: str) -> None:
    subprocess.run([*_words(node), *words], check=True, stdout=subprocess.DEVNULL)


def _words(node: BenchNode | None) -> list[str]:
    token = ["-H", f"Authorization: Bearer {node.token}"] if node else []
    return ["curl", "-sS", "--fail", *token]


@contextmanager
def _nginx(node: BenchNode, home: Path) -> Iterator[tuple[str, int]]:
    port = free_port("127.0.0.1", 0)
    user = "user root;" if os.geteuid() == 0 else ""
    config = home / "nginx.conf"
    config.write_text(
        NGINX.format(user=user, home=home, port=port, disk=home / "disk", url=node.url)
    )
    with _running(["nginx", "-e", "stderr", "-c", str(config)], port) as pid:
        yield f"http://127.0.0.1:{port}", pid


@contextmanager
def _xrootd(home: Path) -> Iterator[tuple[str, int]]:
    """Of Debian; it does not run as root."""
    port, other = free_port("127.0.0.1", 0), free_port("127.0.0.1", 0)
    config, own = home / "xrootd.cfg", home / "xrootd"
    own.mkdir()
    own.chmod(0o777)
    config.write_text(XROOTD.format(disk=home / "disk", home=own, port=port, root_port=other))
    for each in (home / "disk").rglob("*"):
        each.chmod(0o755)
    words = ["xrootd", "-c", str(config), "-l", str(own / "log"), "-n", "bench"]
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    with _running([*(nobody if os.geteuid() == 0 else []), *words], port) as pid:
        yield f"http://127.0.0.1:{port}", pid


@contextmanager
def _running(words: list[str], port: int) -> Iterator[int]:
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/"], check=False,
                              stdout=subprocess.DEVNULL).returncode == 0:  # fmt: skip
                break
            time.sleep(0.05)
        else:
            raise RuntimeError(f"{words[0]} did not come up")
        yield child.pid
    finally:
        child.terminate()
        child.wait(20)


if __name__ == "__main__":
    main()
