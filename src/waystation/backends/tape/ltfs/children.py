"""Starting the processes that work for us, and looking whether LTFS answers.

What may hang in LTFS runs in a process of its own: a call into a FUSE file system whose daemon
hangs can neither be given up nor killed, and our own process must stay free of it.
"""

import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.index import Index
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.backends.tape.ltfs.mover import SETTINGS, drive_lock
from waystation.backends.tape.ltfs.scan import DONE
from waystation.domains.staging.errors import BackendUnavailableError
from waystation.kernel import durable

CLEAN_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
}

LOG_BYTES = 1_000_000
"""A log longer than this is begun anew."""

Child = subprocess.Popen[bytes]


class Crew:
    """The processes of one back end. Safe to use from several threads."""

    def __init__(self, config: LtfsConfig) -> None:
        self._config = config
        self._lists = ListFolder(config.list_dir)
        self._index = Index(config.list_dir)
        self._lock = threading.Lock()
        self._movers: dict[int, Child] = {}
        self._scan: Child | None = None
        self._stuck: Child | None = None
        self._fresh_until: datetime | None = None

    def probe(self) -> None:
        """Ask LTFS for one answer.

        Raises:
            BackendUnavailableError: it is not mounted, broken, or silent for `timeout_s`.
        """
        mount = str(self._config.mount)
        stuck = self._stuck
        if stuck is not None and stuck.poll() is None:
            raise self._silent()  # one process that hangs tells enough
        probe = _run(["stat", "-L", "--", mount], subprocess.PIPE)
        said, ended = _wait(probe, self._config.timeout_s)
        if not ended:
            self._stuck = probe
            raise self._silent()
        if probe.returncode:
            words = said.rpartition(":")[2].strip() or "it cannot be looked at"
            raise BackendUnavailableError(
                f"LTFS does not answer at {mount}: {words}.",
                advice="Look whether LTFS is mounted there: `mount -t fuse`, and its log.",
            )

    def wake(self) -> None:
        """Have a mover for every list that nobody works on, as far as there are drives."""
        free = [key for key in self._lists.waiting() if self._lists.holder(key) is None]
        if not free:
            return
        self._leave_settings()
        with self._lock:
            for drive in range(self._config.drives):
                old = self._movers.get(drive)
                if old is not None and old.poll() is None:
                    continue
                if free and self._lists.holder(drive_lock(drive)) is None:
                    free.pop()
                    self._movers[drive] = self._start("mover", str(drive))

    def fresh_index(self, now: datetime) -> None:
        """Have the index looked after, at most once in `fresh_s`; waits up to `timeout_s`.

        Raises:
            BackendUnavailableError: the cartridges were never looked through, or cannot be.
        """
        with self._lock:
            if self._fresh_until is not None and now < self._fresh_until:
                return
            self._leave_settings()
            if self._scan is None or self._scan.poll() is not None:
                self._scan = self._start("index")
            scan = self._scan
        with suppress(subprocess.TimeoutExpired):
            scan.wait(self._config.timeout_s)
        if scan.returncode:
            raise BackendUnavailableError(
                f"The cartridges cannot be looked through: {self._last_words()}",
                advice=f"Look at {self._log} and at LTFS.",
            )
        if scan.returncode is None and not self._index.fact(DONE):
            raise BackendUnavailableError(
                "The cartridges are being looked through for the first time.",
                advice="Nothing is to be done; this goes on by itself.",
            )
        if not self._index.fact(DONE):
            raise BackendUnavailableError(
                f"No LTFS cartridge is mounted at {self._config.mount}.",
                advice="Mount LTFS, or correct the back end's `mount` and `one_cartridge`.",
            )
        with self._lock:
            self._fresh_until = now + timedelta(seconds=self._config.fresh_s)

    @property
    def _log(self) -> Path:
        return self._config.list_dir / "movers.log"

    def _start(self, *words: str) -> Child:
        """Start one of our programs in a session of its own, so that it outlives us."""
        program = [sys.executable, "-I", "-m", "waystation.backends.tape.ltfs"]
        with self._lists.usable():
            if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
                self._log.unlink()
            with self._log.open("ab") as log:
                return _run([*program, words[0], str(self._config.list_dir), *words[1:]], log)

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return lines[-1][:300] if lines else "it said nothing"

    def _leave_settings(self) -> None:
        place, told = self._config.list_dir / SETTINGS, self._config.as_json()
        with self._lists.usable():
            if not place.exists() or place.read_bytes() != told:
                durable.write(place, told)

    def _silent(self) -> BackendUnavailableError:
        return BackendUnavailableError(
            f"LTFS did not answer at {self._config.mount} within {self._config.timeout_s:g} s.",
            advice="Look whether LTFS hangs: its log, and the drives.",
        )


def _run(words: Sequence[str], output: int | IO[bytes]) -> Child:
    try:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if output == subprocess.PIPE else output,
            stderr=output,
            env=CLEAN_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise BackendUnavailableError(f"{words[0]} cannot be run: {error.strerror}.") from error
    if output != subprocess.PIPE:
        # Somebody must take its exit code, or it stays in the process table.
        threading.Thread(target=child.wait, daemon=True, name=f"ltfs-{child.pid}").start()
    return child


def _wait(child: Child, seconds: float) -> tuple[str, bool]:
    """What a process said on its error output, and whether it ended in time; killed if not."""
    try:
        _, said = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()  # not waited for: it may be stuck in the kernel
        return "", False
    return said.decode("utf-8", "replace"), True
