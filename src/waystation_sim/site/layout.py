"""The directory of a simulated site: where things are, and what the site is made of."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


class SiteBusyError(RuntimeError):
    """Another process works on this site directory."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What a site is made of.

    Attributes:
        profile: drive profile by name.
        libraries: how many tape libraries; tapes are dealt to them in groups.
        drives: drives in each library.
        robots: arms in each library.
    """

    profile: str = "L9"
    libraries: int = 1
    drives: int = 4
    robots: int = 2


class Site:
    """Paths of a site directory.

    `cache/` is the file system people see, `tapes/BARCODE/` the bytes on each cartridge,
    `incoming/` files being brought back, `site.db` the index and the tasks, `sim.sock` the daemon.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()
        self.cache = self.root / "cache"
        self.tapes = self.root / "tapes"
        self.incoming = self.root / "incoming"
        self.database = self.root / "site.db"
        self.socket = self.root / "sim.sock"
        self._settings = self.root / "site.json"
        self._lock: int | None = None

    def create(self, settings: SiteSettings) -> None:
        """Make the directories (0700: the socket in it is for its owner) and keep the settings."""
        for folder in (self.root, self.cache, self.tapes, self.incoming):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        self.cache.chmod(0o755)
        fresh = self._settings.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(settings), indent=1) + "\n")
        fresh.replace(self._settings)

    @property
    def exists(self) -> bool:
        """True if something was archived here."""
        return self._settings.exists()

    def settings(self) -> SiteSettings:
        """Read what the site is made of.

        Raises:
            FileNotFoundError: nothing was archived here yet.
        """
        return SiteSettings(**json.loads(self._settings.read_text()))

    def object_of(self, barcode: str, number: int) -> Path:
        """Where the bytes of one file lie on a cartridge."""
        return self.tapes / barcode / f"{number:010}"

    def __enter__(self) -> Self:
        """Take the site for this process; a killed process lets go of it by itself."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            msg = f"another process works on {self.root}"
            raise SiteBusyError(msg) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
