"""Which loads a process of this machine is moving now: a lock on a file of their own.

The kernel lets a lock go when its process dies, however that happens; so another process can tell
a load that is on its way from one that was lost.
"""

import fcntl
import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path


class Claims:
    """Of one engine. Safe to use from several threads.

    Args:
        folder: where the locks are, on this machine's own disk; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Claim a load; False when another process has it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._place(key)
        file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Who had it may have removed the file between our two steps.
            ours = place.exists() and os.path.samestat(os.fstat(file), place.stat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            os.close(file)
            return False
        with self._lock:
            self._held[key] = file
        return True

    def held(self, key: str) -> bool:
        """Whether a process is moving a load."""
        try:
            file = os.open(self._place(key), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def drop(self, key: str) -> None:
        """Let a load go."""
        with self._lock:
            file = self._held.pop(key, None)
        if file is not None:
            with suppress(FileNotFoundError):
                self._place(key).unlink()
            os.close(file)

    def _place(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.lock"
