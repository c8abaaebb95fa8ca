"""A simulated site with its daemon running: for tests, benchmarks and the demonstration."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import waystation_sim
from waystation_sim.site.archive import archive
from waystation_sim.site.cli import send_fault
from waystation_sim.site.daemon import write_eeadm
from waystation_sim.site.layout import Site, SiteSettings

START_S = 20.0
"""Longest wait for the daemon's socket."""

SOURCE = str(Path(waystation_sim.__file__).parents[1])


class RunningSite:
    """A site directory, its daemon as a child process, and an `eeadm` for it.

    Args:
        root: the site directory; `eeadm` is written beside its contents, as `bin/eeadm`.
        speed_up: virtual seconds in one real second.
        scale: see `waystation-sim run --scale`.
    """

    def __init__(self, root: Path, *, speed_up: float = 2000.0, scale: str = "auto") -> None:
        self.site = Site(root)
        self.eeadm = self.site.root / "bin" / "eeadm"
        self._speed_up = speed_up
        self._scale = scale
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def cache(self) -> Path:
        """The file system that people see."""
        return self.site.cache

    def archive(
        self, source: Path, settings: SiteSettings | None = None, *, tapes: int = 8
    ) -> int:
        """Write a tree to tape before the daemon runs; return the number of files."""
        with self.site:
            count = archive(source, self.site, settings or SiteSettings(), tapes)
        self.eeadm.parent.mkdir(exist_ok=True)
        write_eeadm(self.site, str(self.eeadm), sys.executable, SOURCE)
        return count

    def start(self) -> Self:
        """Start the daemon and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer; its output is in `daemon.log`.
        """
        self.site.socket.unlink(missing_ok=True)
        with (self.site.root / "daemon.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", "waystation_sim", "run", "--site", str(self.site.root),
                 "--speed-up", str(self._speed_up), "--scale", self._scale],
                stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": SOURCE},
            )  # fmt: skip
        pause = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if self.site.socket.exists():
                return self
            if self._daemon.poll() is not None:
                break
            pause.wait(0.02)
        self.kill()
        log_text = (self.site.root / "daemon.log").read_text()[-2000:]
        msg = f"the site's daemon does not start: {log_text}"
        raise RuntimeError(msg)

    def stop(self) -> None:
        """End the daemon in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the daemon (SIGKILL): its running tasks have failed when it starts again."""
        self._end(signal.SIGKILL)

    def suspend(self) -> None:
        """Let the daemon hang: it accepts calls and never answers, until `resume`."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a hanging daemon go on."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGCONT)

    def fault(self, kind: str, name: str | None = None, **words: str | float) -> None:
        """Break or mend something, as `waystation-sim fault` does.

        Raises:
            ValueError: the daemon would not.
        """
        order: dict[str, str | float] = {"kind": kind, **words}
        if name is not None:
            order["name"] = name
        if send_fault(self.site, order):
            msg = f"fault {order} was refused"
            raise ValueError(msg)

    def __enter__(self) -> Self:
        """Start the daemon."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self, sign: signal.Signals) -> None:
        if self._daemon is not None:
            self._daemon.send_signal(sign)
            self._daemon.wait(START_S)
            self._daemon = None
