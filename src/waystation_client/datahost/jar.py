"""Where a session is kept between commands: always the same place, readable by its owner alone.

`$XDG_STATE_HOME/datahost/<host>_<user>.cookies`, in the form that curl and browsers' tools read
(Netscape's): `curl -b FILE` works with it too.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from waystation_client.datahost.address import Address
from waystation_client.errors import NotConfiguredError, UnauthenticatedError

COOKIE = "datahost"
_FIELDS = 7


@dataclass(frozen=True, slots=True)
class Jar:
    """One account's session at one server."""

    path: Path
    address: Address
    user: str

    def keep(self, token: str, expires: int) -> None:
        """Write the session down; `expires` is in seconds since 1970.

        Raises:
            NotConfiguredError: the file cannot be written.
        """
        secure = "TRUE" if self.address.scheme == "https" else "FALSE"
        line = ("#HttpOnly_" + self.address.host, "FALSE", "/", secure, expires, COOKIE, token)
        text = "# Netscape HTTP Cookie File\n" + "\t".join(map(str, line)) + "\n"
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            fresh.replace(self.path)
        except OSError as error:
            raise NotConfiguredError(f"Cannot write {self.path}: {error.strerror}.") from error

    def token(self) -> str:
        """The token of the session.

        Raises:
            UnauthenticatedError: there is none, or it has ended.
        """
        token, ends = self._read()
        again = f"datahost-login {self.address} {self.user}"
        if not token:
            raise UnauthenticatedError(
                f"{self.user} is not signed in at {self.address}.", next_step=again
            )
        if ends <= time.time():
            raise UnauthenticatedError("Your session has ended.", next_step=again)
        return token

    def kept(self) -> str:
        """The token that is there, good or not; empty without one."""
        return self._read()[0]

    def forget(self) -> None:
        """No session is kept any more."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> tuple[str, int]:
        """Token, and when it ends; nothing of a file that is none of ours."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            lines = []
        fields = lines[-1].split("\t") if lines else []
        if len(fields) != _FIELDS or not fields[4].isdigit():
            return "", 0
        return fields[6], int(fields[4])


def jar_of(address: Address, user: str, environment: Mapping[str, str]) -> Jar:
    """The one place for an account at a server."""
    name = f"{quote(address.netloc, safe=':[]')}_{quote(user, safe='@')}.cookies"
    return Jar(folder(environment) / name, address, user)


def folder(environment: Mapping[str, str]) -> Path:
    """Where all of them are (XDG Base Directory specification)."""
    base = environment.get("XDG_STATE_HOME") or ""
    # The specification says to ignore a relative one.
    root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
    return root / "datahost"
