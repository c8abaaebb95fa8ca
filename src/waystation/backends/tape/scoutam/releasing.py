"""Giving disk space back: one call a file, as AWI's fsspec-scoutfs makes it."""

import logging
import threading

from waystation.backends.tape.scoutam.client import ScoutClient
from waystation.domains.staging.errors import BackendUnavailableError

log = logging.getLogger(__name__)


class Releaser:
    """Releases files; asks once which file systems there are. Safe to use from several threads."""

    def __init__(self, client: ScoutClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._mounts: list[tuple[str, str]] = []

    def release(self, path: str) -> None:
        """Ask for one file to be released; a refusal is logged, it was only a hint.

        Raises:
            BackendUnavailableError: ScoutAM does not answer.
        """
        filesystem = self._filesystem_of(path)
        if filesystem is None:
            log.warning("release of %s: ScoutAM has no file system there", path)
            return
        reply = self._client.post("/request/release", {"path": path}, fsid=filesystem, path=path)
        if not reply.well:
            log.warning("release of %s not taken: %s", path, reply.complaint)

    def _filesystem_of(self, path: str) -> str | None:
        """Identifier of the file system that holds a path, by the longest mount point."""
        with self._lock:
            if not self._mounts:
                self._mounts = self._ask()
        return next(
            (fsid for mount, fsid in self._mounts if path.startswith(f"{mount.rstrip('/')}/")),
            None,
        )

    def _ask(self) -> list[tuple[str, str]]:
        reply = self._client.get("/filesystems")
        known = reply.told.get("fsids")
        if not reply.well or not isinstance(known, list):
            raise BackendUnavailableError(
                f"ScoutAM does not tell its file systems: {reply.complaint}.",
                advice="Set the back end's `releases` to false if this ScoutAM has no such call.",
            )
        found = [(str(one["mount"]), str(one["fsid"])) for one in known if "mount" in one]
        return sorted(found, key=lambda pair: -len(pair[0]))
