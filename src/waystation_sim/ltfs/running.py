"""Drives in a process of their own, for tests and benchmarks."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

START_S = 20.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was opened: when it had been read, virtual seconds, and what that cost."""

    place: Path
    at_s: float
    cost_s: float


class RunningDrives:
    """Drives for the cartridges below a mount point; a context manager.

    Args:
        mount: its directories are cartridges.
        folder: for our own files.
        profile: name of the drive profile.
        speed_up: virtual seconds in a real one.
        wrap_ends: real end-of-wrap positions of the cartridges; None is equal wraps.
    """

    def __init__(
        self,
        mount: Path,
        folder: Path,
        *,
        profile: str = "L9",
        speed_up: float = 1000.0,
        drives: int = 1,
        wrap_ends: Sequence[float] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log, self._stop = folder / "opened", folder / "stop"
        told = {
            "mount": str(mount),
            "profile": profile,
            "speed_up": speed_up,
            "drives": drives,
            "wrap_ends": list(wrap_ends) if wrap_ends is not None else None,
            "log": str(self._log),
            "stop": str(self._stop),
        }
        self._told = folder / "drives.json"
        self._told.write_text(json.dumps(told))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._stop.unlink(missing_ok=True)
        words = [sys.executable, "-m", "waystation_sim.ltfs", "drives", str(self._told)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if "ready" not in ready:
            raise RuntimeError("the simulated drives did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._stop.touch()
        try:
            self._process.wait(START_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def opened(self) -> list[Opened]:
        """Every file that was opened, in order."""
        found = []
        for line in self._log.read_text().splitlines() if self._log.exists() else ():
            at, cost, place = line.split("\t", 2)
            found.append(Opened(Path(place), float(at), float(cost)))
        return found

    def virtual_s(self) -> float:
        """Virtual seconds that the drives have worked."""
        opened = self.opened()
        return opened[-1].at_s if opened else 0.0

    def await_opened(self, count: int, deadline_s: float = START_S) -> list[Opened]:
        """The same when there are so many.

        Raises:
            TimeoutError: there are not, in time.
        """
        pause, until = threading.Event(), time.monotonic() + deadline_s
        while time.monotonic() < until:
            found = self.opened()
            if len(found) >= count:
                return found
            pause.wait(0.02)
        raise TimeoutError(f"{count} files were not opened within {deadline_s} s")
