"""A simulator's daemon as a child process: for tests, benchmarks and the demonstration."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import waystation_sim

START_S = 20.0
"""Longest wait for the daemon's socket."""

SOURCE = str(Path(waystation_sim.__file__).parents[1])


def send_order(place: Path, order: Mapping[str, str | float]) -> int:
    """Send a fault order to the socket of a running daemon; 0 when it was carried out."""
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(place))
        link.sendall(json.dumps({"fault": order}).encode() + b"\n")
        for line in link.makefile("rb"):
            answer = json.loads(line)
            sys.stderr.write(answer.get("err", ""))
            if "rc" in answer:
                return int(answer["rc"])
    return 1


class RunningDaemon:
    """A daemon that answers on a socket in its directory.

    Args:
        root: the directory; what the daemon prints is in `daemon.log` there.
        words: module and arguments.
    """

    def __init__(self, root: Path, *words: str) -> None:
        self.root = root
        self.words = words
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it takes orders."""
        return self.root / "sim.sock"

    def start(self) -> Self:
        """Start the daemon and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer; its output is in `daemon.log`.
        """
        self.socket.unlink(missing_ok=True)
        log_file = self.root / "daemon.log"
        with log_file.open("ab") as log:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", *self.words],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": SOURCE},
            )
        pause = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if self._listens():
                return self
            if self._daemon.poll() is not None:
                break
            pause.wait(0.02)
        self.kill()
        msg = f"{self.words[0]} does not start: {log_file.read_text()[-2000:]}"
        raise RuntimeError(msg)

    def _listens(self) -> bool:
        """Whether it takes calls; the socket is there a moment earlier."""
        with socket.socket(socket.AF_UNIX) as link:
            try:
                link.connect(str(self.socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
        return True

    def stop(self) -> None:
        """End the daemon in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the daemon (SIGKILL)."""
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
        if send_order(self.socket, order):
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
