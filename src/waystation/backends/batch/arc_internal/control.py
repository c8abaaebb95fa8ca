"""A-REX 6's control directory: how jobs stand, read in bulk.

Its own interface says "finished" of failed and killed jobs and knows no exit code; the files
beside it do. Jobs run as the user who owns these files: links are not followed, sizes are bounded.
"""

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_STATUS = re.compile(r"job\.([A-Za-z0-9]{6,80})\.status")
_LOCAL = re.compile(r"job\.([A-Za-z0-9]{6,80})\.local")
_ID = re.compile(r"[A-Za-z0-9]{6,80}")
_PLACES = ("accepting", "processing", "finished", "restarting")
_MOST = 2**16
_ROOM = 2**16
"""Bytes that a job's own files need at least."""
_NAME = re.compile(r"<ActivityIdentification>\s*<Name>([^<]{1,64})</Name>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One job.

    Attributes:
        state: A-REX' word, without what it waits for; empty when there is none, as after its disk
            was full: it takes the old word away before it writes the new one.
        failed: what it says about a failure; empty when there is none.
        session: the job's own folder.
    """

    state: str
    failed: str
    session: Path


def is_id(text: str) -> bool:
    """Whether it may be a job's name at A-REX, and so a part of a file's name."""
    return _ID.fullmatch(text) is not None


def control_of(conf: Path) -> Path:
    """Where the control directory is, by `arc.conf`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not say so.
    """
    block = ""
    for line in conf.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.strip()
        if words.startswith("["):
            block = words
        name, _, value = words.partition("=")
        if block == "[arex]" and name.strip() == "controldir":
            return Path(value.strip())
    raise ValueError(f"{conf} has no controldir in [arex].")


class Control:
    """One control directory. Jobs' names never change, so they are read once.

    Args:
        place: its path.

    Attributes:
        unread: jobs whose name could not be read.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.unread: set[str] = set()
        self._names: dict[str, str] = {}

    def named(self, names: Iterable[str]) -> dict[str, str]:
        """Jobs that have these names, by name; those without a name now are in `unread` then.

        Raises:
            OSError: the directory cannot be read.
        """
        with os.scandir(self._place) as every:
            seen = {match[1] for each in every if (match := _LOCAL.fullmatch(each.name))}
        self.unread = set()
        for job in seen - self._names.keys():
            local = self._local(job)
            name = local.get("jobname", "") or self._described(job)
            if name:
                self._names[job] = name
            elif "sessiondir" not in local:  # it is half written, or its disk is full
                self.unread.add(job)
        self._names = {job: name for job, name in self._names.items() if job in seen}
        wanted = set(names)
        return {name: job for job, name in self._names.items() if name in wanted}

    def entries(self, jobs: Iterable[str]) -> dict[str, Entry | None]:
        """How these stand; None is one that is there and cannot be read now.

        Raises:
            OSError: the directory cannot be read.
        """
        states = dict(self._states(set(jobs)))
        found: dict[str, Entry | None] = {}
        for job in filter(is_id, jobs):
            session = self._local(job).get("sessiondir", "")
            if session:
                failed = self._text(f"job.{job}.failed").strip()
                found[job] = Entry(states.get(job, ""), failed, Path(session))
            elif job in states or self._is_there(job):
                found[job] = None
        return found

    def counts(self) -> tuple[int, int]:
        """Jobs that wait, and that are in the batch system."""
        states = [state for _, state in self._states(None)]
        waiting = {"ACCEPTED", "PREPARING", "SUBMIT"}
        return sum(each in waiting for each in states), states.count("INLRMS")

    def silent_s(self) -> float:
        """Seconds since A-REX last said that it lives.

        Raises:
            OSError: it never did.
        """
        return time.clock_gettime(time.CLOCK_REALTIME) - self._heart().st_mtime

    def slots(self) -> int | None:
        """Cores of the cluster, as A-REX publishes; None when it does not."""
        found = re.search(r"<TotalSlots>(\d+)</TotalSlots>", self._text("info.xml", 2**24))
        return int(found[1]) if found else None

    def is_full(self) -> bool:
        """Whether A-REX can write nothing more into it.

        Raises:
            OSError: it is not there.
        """
        told = os.statvfs(self._place)
        return told.f_bavail * told.f_frsize < _ROOM or (told.f_files > 0 and not told.f_favail)

    def _heart(self) -> os.stat_result:
        return (self._place / "gm-heartbeat").lstat()

    def _states(self, jobs: set[str] | None) -> Iterator[tuple[str, str]]:
        """A-REX' words; of all jobs that are not over when none are named."""
        for place in _PLACES:
            if jobs is None and place == "finished":
                continue
            with os.scandir(self._place / place) as every:
                names = [match for each in every if (match := _STATUS.fullmatch(each.name))]
            for match in names:
                if jobs is None or match[1] in jobs:
                    word = self._text(f"{place}/{match[0]}").strip()
                    if word:
                        yield match[1], word.removeprefix("PENDING:")

    def _local(self, job: str) -> dict[str, str]:
        lines = self._text(f"job.{job}.local").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def _described(self, job: str) -> str:
        """Its name in the description that A-REX keeps; that file is written once."""
        found = _NAME.search(self._text(f"job.{job}.description"))
        return found[1] if found else ""

    def _is_there(self, job: str) -> bool:
        try:
            return stat.S_ISREG((self._place / f"job.{job}.local").lstat().st_mode)
        except OSError:
            return False

    def _text(self, name: str, most: int = _MOST) -> str:
        """Of a plain file; empty when there is none."""
        try:
            file = os.open(self._place / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return ""
        with os.fdopen(file, "rb") as source:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return ""
            return source.read(most).decode(errors="replace")
