"""A simulated site with its daemon running: for tests, benchmarks and the demonstration."""

import sqlite3
import sys
from pathlib import Path

from waystation_sim.child import SOURCE, RunningDaemon
from waystation_sim.site.archive import archive
from waystation_sim.site.daemon import write_eeadm
from waystation_sim.site.layout import Site, SiteSettings


class RunningSite(RunningDaemon):
    """A site directory, its daemon as a child process, and an `eeadm` for it.

    A daemon that was killed has failed its running tasks when it starts again.

    Args:
        root: the site directory; `eeadm` is written beside its contents, as `bin/eeadm`.
        speed_up: virtual seconds in one real second.
        scale: see `waystation-sim run --scale`.
    """

    program = ("waystation_sim", "run")
    """The daemon's module, and its command."""

    def __init__(self, root: Path, *, speed_up: float = 2000.0, scale: str = "auto") -> None:
        self.site = Site(root)
        self.eeadm = self.site.root / "bin" / "eeadm"
        at = ("--site", str(self.site.root), "--speed-up", str(speed_up), "--scale", scale)
        super().__init__(self.site.root, *self.program, *at)

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

    def asked(self, sql: str, *values: str) -> int:
        """A number that the site's database holds."""
        database = sqlite3.connect(f"file:{self.site.database}?mode=ro", uri=True, timeout=10)
        try:
            return int(database.execute(sql, values).fetchone()[0])
        finally:
            database.close()
