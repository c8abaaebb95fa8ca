"""Hear what the database tells: a connection that listens and hands payloads on."""

import logging
import threading
from collections.abc import Callable

import psycopg

log = logging.getLogger(__name__)

_AGAIN_S = 1.0
_BEAT_S = 5.0


class Listener:
    """Listens on channels in a thread of its own; comes back by itself after a lost connection."""

    def __init__(
        self, dsn: str, channels: tuple[str, ...], heard: Callable[[str, str], None]
    ) -> None:
        self._dsn = dsn
        self._channels = channels
        self._heard = heard
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a few seconds."""
        self._stopping.set()
        self._thread.join(_BEAT_S + _AGAIN_S)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg.OperationalError:
                log.info("the listening connection was lost; again")
                self._stopping.wait(_AGAIN_S)

    def _listen(self) -> None:
        name = "waystation-listen"
        with psycopg.connect(self._dsn, autocommit=True, application_name=name) as conn:
            for channel in self._channels:
                conn.execute(f"LISTEN {channel}".encode())
            # What was told while nobody listened is lost: all steps look once.
            for channel in self._channels:
                self._heard(channel, "")
            while not self._stopping.is_set():
                for told in conn.notifies(timeout=_BEAT_S):
                    self._heard(told.channel, told.payload)
                    if self._stopping.is_set():
                        return
