"""Commands of batch systems: run with a deadline, as the user whose jobs they are."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from waystation.backends.batch.hands.folder import Owner
from waystation.domains.jobs.errors import BatchUnavailableError

PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended: exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """Its complaint in one line."""
        lines = [line.strip() for line in self.err.splitlines() if line.strip()]
        return "; ".join(lines)[:500] or f"exit code {self.code}"


@dataclass(frozen=True, slots=True)
class Person:
    """Who runs commands and jobs.

    Args:
        name: of a user of this machine; empty is who we are, and others need root.
    """

    name: str

    @property
    def entry(self) -> pwd.struct_passwd | None:
        """What this machine knows of them."""
        try:
            return pwd.getpwnam(self.name) if self.name else pwd.getpwuid(os.geteuid())
        except KeyError:
            return None

    @property
    def owner(self) -> Owner | None:
        """Who has to own their folders; None when that is who we are."""
        entry = self.entry
        if entry is None or entry.pw_uid == os.geteuid():
            return None
        return Owner(entry.pw_uid, entry.pw_gid)

    @property
    def environment(self) -> dict[str, str]:
        """What programs of theirs are told; nothing of our own variables."""
        entry = self.entry
        told = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        if entry is not None:
            told |= {"HOME": entry.pw_dir, "USER": entry.pw_name, "LOGNAME": entry.pw_name}
        return told

    @property
    def become(self) -> dict[str, Any]:
        """For `subprocess.Popen`."""
        entry = self.entry
        if self.owner is None or entry is None:
            return {}
        groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}

    def complaints(self) -> list[str]:
        """What is wrong with them, a sentence each."""
        if self.entry is None:
            return [f"This machine has no user {self.name}."]
        if self.owner is not None and os.geteuid() != 0:
            return [f"Only root can run jobs as {self.name}."]
        return []


def missing(programs: Sequence[str]) -> list[str]:
    """Those that are not on this machine, a sentence each."""
    return [f"{each} is not on this machine." for each in programs
            if not shutil.which(each, path=PATH)]  # fmt: skip


def run(
    words: Sequence[str],
    person: Person,
    timeout_s: float,
    *,
    more: Mapping[str, str] | None = None,
    text: str = "",
) -> Done:
    """Run a command to its end.

    Args:
        words: program and arguments; nothing secret, for everybody can read them.
        person: who runs it.
        timeout_s: longest wait, seconds.
        more: variables.
        text: for its standard input.

    Raises:
        BatchUnavailableError: it cannot be run, or does not end.
    """
    try:
        done = subprocess.run(
            words,
            input=text,
            capture_output=True,
            check=False,
            timeout=timeout_s,
            env={**person.environment, **(more or {})},
            cwd="/",
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            **person.become,
        )
    except subprocess.TimeoutExpired as late:
        raise BatchUnavailableError(
            f"{words[0]} did not answer within {timeout_s:g} seconds."
        ) from late
    except OSError as problem:
        raise BatchUnavailableError(f"{words[0]} cannot be run: {problem.strerror}.") from problem
    return Done(done.returncode, done.stdout, done.stderr)
