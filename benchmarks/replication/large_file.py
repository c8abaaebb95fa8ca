"""One large file by an engine, beside the same program run by hand.

Goal (issue of replication): >= 90 % of the speed of the engine's own command line, checks of
bytes apart. `local` moves as `cp` and `sync` do; `gridftp` runs globus-url-copy between two
servers' folders, by hand once with and once without the comparison that the engine asks for.
Ours and theirs take turns, so that both meet the same disk; the best of three counts.

`python -m benchmarks.replication.large_file [GiB]`
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

from benchmarks.say import figure
from waystation.backends.transfer.gridftp.way import GridFtpConfig, gridftp_engine
from waystation.backends.transfer.hands.claims import Claims
from waystation.backends.transfer.local.way import LocalConfig, local_engine
from waystation.bootstrap.up import free_port
from waystation.domains.transfers.entities import Endpoint, Kind, Load, Piece, TaskState
from waystation.domains.transfers.ports import Engine
from waystation.kernel.clock import SystemClock

GIB, TURNS, GOAL, NAME = 2**30, 3, 0.9, "large.dat"
BLOCK = 2**24
CLOCK = SystemClock()


def main(gib: float = 8) -> None:
    size = int(gib * GIB)
    print(f"{gib:g} GiB; {os.cpu_count()} cores that all ends share")
    with tempfile.TemporaryDirectory(prefix="ws-large-", dir="/tmp") as scratch:
        home = Path(scratch)
        for name in ("from", "to"):
            (home / name).mkdir()
        sums = _make(home / "from" / NAME, size)
        _local(home, size, sums)
        with _server(home) as port:
            _gridftp(home, size, sums, port)


def _make(path: Path, size: int) -> dict[str, str]:
    """Bytes that cannot be compressed away; their checksums, and what those cost."""
    block, spent = os.urandom(BLOCK), {"adler32": 0.0, "sha256": 0.0}
    adler, sha = 1, hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // BLOCK):
            file.write(block)
            began = time.perf_counter()
            adler = zlib.adler32(block, adler)
            spent["adler32"] += time.perf_counter() - began
            began = time.perf_counter()
            sha.update(block)
            spent["sha256"] += time.perf_counter() - began
        os.fsync(file.fileno())
    for kind, took in spent.items():
        figure(f"{kind} alone, of bytes in memory", _rate(size, took), None, None, "MiB/s")
    return {"adler32": f"{adler:08x}", "sha256": sha.hexdigest()}


def _local(home: Path, size: int, sums: dict[str, str]) -> None:
    ends = [Endpoint(Kind.PATH, {"root": str(home / name)}) for name in ("from", "to")]
    engine = local_engine(LocalConfig("local", "here"), CLOCK, Claims(home / "claims"))
    with closing(engine):

        def ours(known: dict[str, str]) -> Callable[[], None]:
            return lambda: _moved(engine, ends, size, known)

        def theirs() -> None:
            _run("cp", str(home / "from" / NAME), str(home / "to" / NAME))
            _run("sync", str(home / "to" / NAME))

        runs = {"cp": theirs, "local": ours({}), "checked": ours(sums)}
        took = _turns(home, runs)
    figure("cp and sync", _rate(size, took["cp"]), None, None, "MiB/s")
    figure("local engine", _rate(size, took["local"]), None, None, "MiB/s")
    figure("  of cp and sync", took["cp"] / took["local"], ">=", GOAL, "")
    figure("  with its check of the bytes", _rate(size, took["checked"]), None, None, "MiB/s")


def _gridftp(home: Path, size: int, sums: dict[str, str], port: int) -> None:
    url = f"ftp://127.0.0.1:{port}{home}"
    ends = [Endpoint(Kind.GRIDFTP, {"url": f"{url}/{name}"}) for name in ("from", "to")]
    config = GridFtpConfig("gridftp", "elsewhere", ("127.0.0.1",), plain=True)
    pair = [f"{url}/{name}/{NAME}" for name in ("from", "to")]
    check = ["-verify-checksum", "-checksum-alg", "ADLER32"]
    engine = gridftp_engine(config, CLOCK, Claims(home / "claims"))
    with closing(engine):
        runs = {
            "bare": lambda: _run("globus-url-copy", *pair),
            "checked": lambda: _run("globus-url-copy", *check, *pair),
            "ours": lambda: _moved(engine, ends, size, sums),
        }
        took = _turns(home, runs)
    figure("globus-url-copy", _rate(size, took["bare"]), None, None, "MiB/s")
    figure("  with its check of the bytes", _rate(size, took["checked"]), None, None, "MiB/s")
    figure("gridftp engine, with that check", _rate(size, took["ours"]), None, None, "MiB/s")
    figure("  of globus-url-copy with it", took["checked"] / took["ours"], ">=", GOAL, "")


def _turns(home: Path, runs: dict[str, Callable[[], None]]) -> dict[str, float]:
    """The best time of each."""
    took = dict.fromkeys(runs, float("inf"))
    for _ in range(TURNS):
        for name, run in runs.items():
            began = time.monotonic()
            run()
            took[name] = min(took[name], time.monotonic() - began)
            made = home / "to" / NAME
            assert made.stat().st_size == (home / "from" / NAME).stat().st_size
            made.unlink()
            os.sync()
    return took


def _moved(engine: Engine, ends: list[Endpoint], size: int, sums: dict[str, str]) -> None:
    piece = Piece(1, NAME, NAME, size, sums)
    deadline = CLOCK.now() + timedelta(hours=1)
    handle = engine.submit(Load(token_hex(8), ends[0], ends[1], [piece], "benchmark", deadline))
    while (now := engine.look([handle])[handle]).state is TaskState.MOVING:
        time.sleep(0.02)
    assert now.state is TaskState.DONE, now


@contextmanager
def _server(home: Path) -> Iterator[int]:
    """A GridFTP server that asks nobody who they are, on loopback."""
    home.chmod(0o755)
    (home / "to").chmod(0o777)
    port = free_port("127.0.0.1", 0)
    words = ["globus-gridftp-server", "-p", str(port), "-aa", "-anonymous-user", "nobody"]
    for side in ("control", "data"):
        words += [f"-{side}-interface", "127.0.0.1"]
    process = subprocess.Popen([*words, "-allow-root"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            asked = ["curl", "-s", "--max-time", "2", f"ftp://127.0.0.1:{port}/"]
            if subprocess.run(asked, check=False, capture_output=True).returncode != 7:
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _rate(size: int, took_s: float) -> float:
    return size / 2**20 / took_s


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 8)
