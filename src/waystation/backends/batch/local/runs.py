"""The runs of one machine: a folder of ours each, with a lock that its guard holds while it lives.

The kernel lets the lock go when the guard dies, however that happens; so no process has to watch
it, and a process id is never taken for another's.
"""

import fcntl
import os
import shutil
import signal
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from waystation.backends.batch.hands.alone import alone
from waystation.backends.batch.hands.runner import MARK, OVER
from waystation.backends.batch.hands.wanting import is_key

CORES = 40
"""Where in the lock the number of cores is said; the guard's process id is at the beginning."""


class Runs:
    """Of one cluster. Safe to use from several threads and processes.

    Args:
        place: where they are kept, on this machine's own disk; made when it is needed.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._over: set[str] = set()

    def alone(self) -> AbstractContextManager[None]:
        """No other process of this machine starts runs meanwhile."""
        return alone(self._place)

    def known(self, key: str) -> bool:
        """Whether it was ever kept here, and not forgotten."""
        return is_key(key) and self._run(key).is_dir()

    def open(self, key: str, cores: int) -> int | None:
        """Its lock, for the guard to hold; None when a guard has it. The caller closes it."""
        self._run(key).mkdir(mode=0o700, exist_ok=True)
        self._over.discard(key)
        file = os.open(self._lock(key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        os.pwrite(file, b"%d\n" % cores, CORES)
        return file

    def alive(self, key: str) -> bool:
        """Whether its guard lives."""
        return self._cores(key) > 0

    def cores(self) -> tuple[int, int]:
        """How many runs live, and the cores that they have together."""
        try:
            names = {each.name for each in os.scandir(self._place) if each.is_dir()}
        except FileNotFoundError:
            return 0, 0
        found = [cores for key in names - self._over if (cores := self._cores(key))]
        return len(found), sum(found)

    def marked(self, key: str) -> bool:
        """Whether it was told to end."""
        return self._says(key, MARK)

    def _says(self, key: str, where: int) -> bool:
        try:
            file = os.open(self._lock(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            return os.pread(file, 1, where) == b"x"
        finally:
            os.close(file)

    def end(self, key: str) -> None:
        """Tell its guard to end it, now or as soon as it has begun."""
        if not is_key(key):
            return
        try:
            file = os.open(self._lock(key), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.pwrite(file, b"x", MARK)
            said = os.pread(file, MARK, 0).split(b"\n")[0]
        finally:
            os.close(file)
        if not said.isdigit() or not self.alive(key):
            return
        with suppress(ProcessLookupError):
            guard = os.pidfd_open(int(said))
            try:
                # It lives, so the number was its own when we opened it.
                if self.alive(key):
                    signal.pidfd_send_signal(guard, signal.SIGTERM)
            finally:
                os.close(guard)

    def forget(self, key: str) -> bool:
        """Keep nothing of it; False while its guard lives."""
        if not self.known(key):
            return True
        if self.alive(key) and not self._says(key, OVER):
            return False
        shutil.rmtree(self._run(key), ignore_errors=True)
        self._over.discard(key)
        return True

    def _cores(self, key: str) -> int:
        """Cores of a run that lives; 0 when it does not."""
        if not is_key(key):
            return 0
        try:
            file = os.open(self._lock(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = os.pread(file, MARK, CORES).split(b"\n")[0]
            return int(said) if said.isdigit() else 1
        finally:
            os.close(file)
        self._over.add(key)
        return 0

    def _run(self, key: str) -> Path:
        return self._place / key

    def _lock(self, key: str) -> Path:
        return self._run(key) / "lock"
