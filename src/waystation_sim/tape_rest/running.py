"""A simulated Tape REST site with its daemon running: for tests and the demonstration."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from waystation_sim.site.index import Index
from waystation_sim.site.running import RunningSite
from waystation_sim.tape_rest.cli import set_up
from waystation_sim.tape_rest.settings import BASE, DISCOVERY, TapeRestSettings


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was made: how many paths it named, and the bytes of its body."""

    method: str
    path: str
    files: int
    size: int


class RunningTapeSite(RunningSite):
    """A site directory whose daemon is a child process that answers the Tape REST API.

    Archive a tree first, then `set_up`, then start it (or use it as a context manager).
    """

    program = ("waystation_sim.tape_rest", "run")

    def set_up(self, *, http: bool = False, **told: object) -> TapeRestSettings:
        """Give it a port, a certificate and a flavour; see `TapeRestSettings`."""
        return set_up(self.site, http=http, **told)

    @property
    def settings(self) -> TapeRestSettings:
        """What was settled at `set_up`."""
        return TapeRestSettings.of(self.site.root)

    @property
    def discovery(self) -> str:
        """URL of the discovery document."""
        return self.settings.origin + DISCOVERY

    @property
    def endpoint(self) -> str:
        """URL of the API."""
        return self.settings.origin + BASE

    def place(self, path: str) -> Path:
        """Where the file of a path of the API lies."""
        return self.cache / path.removeprefix(self.settings.namespace).lstrip("/")

    def accepted(self) -> int:
        """How many stage requests set a tape going since the site exists."""
        return self.asked("select count(*) from rest_request where started > 0")

    def requests(self) -> int:
        """How many stage requests it knows."""
        return self.asked("select count(*) from rest_request")

    def pins(self, path: str) -> int:
        """How many requests hold a file."""
        place = str(self.place(path))
        return self.asked("select count(*) from rest_pin where place = ?", place)

    def longest_pin_s(self, path: str) -> float:
        """Seconds from now for which a file is held at most; negative when it is not."""
        place = str(self.place(path))
        sql = "select coalesce(max(until), 0) from rest_pin where place = ?"
        return self.asked(sql, place) - time.time()

    def tapes_of(self, path: str) -> list[str]:
        """Cartridges that hold a file."""
        index = Index(self.site.database)
        try:
            place = str(self.place(path))
            return [barcode for barcode, _ in index.files([place])[place].copies]
        finally:
            index.close()

    @contextmanager
    def calls(self) -> Iterator[list[Called]]:
        """Calls of the API that are made meanwhile; filled at the end."""
        log = self.site.root / f"calls-{uuid4().hex}.log"
        made: list[Called] = []
        self.fault("tape-log", str(log))
        try:
            yield made
        finally:
            self.fault("tape-log")
            lines = log.read_text().splitlines() if log.exists() else []
            for line in lines:
                method, path, files, size = line.split(" ")
                made.append(Called(method, path, int(files), int(size)))

    @contextmanager
    def switched(self, **changes: object) -> Iterator[None]:
        """Switches of its flavour are otherwise meanwhile, if it is not restarted."""
        usual = self.settings.flavour
        for name, value in changes.items():
            self.fault("tape-switch", name, state=json.dumps(value))
        try:
            yield
        finally:
            for name in changes:
                self.fault("tape-switch", name, state=json.dumps(getattr(usual, name)))

    @contextmanager
    def trouble(self, kind: str, name: str | None = None) -> Iterator[None]:
        """A trouble that can be on or off is on meanwhile."""
        self.fault(kind, name, calls=1)
        try:
            yield
        finally:
            self.fault(kind, calls=0)
