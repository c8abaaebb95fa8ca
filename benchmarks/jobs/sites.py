"""Real batch systems of the tests for benchmarks: a Slurm and an A-REX on this machine."""

import os
import pwd
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from waystation.domains.jobs.entities import Task

sys.path.append(str(Path(__file__).parents[2] / "tests"))

if TYPE_CHECKING:
    from real.arc_site import ArcSite
    from real.slurm_site import SlurmSite

CONTROL = 2**29
"""Bytes of A-REX' control directory: room for thousands of jobs."""


@contextmanager
def slurm() -> Iterator["SlurmSite"]:
    """One node; root starts it."""
    from real.slurm_site import SlurmSite

    with closing(SlurmSite()) as site:
        yield site


@contextmanager
def arc() -> Iterator["ArcSite"]:
    """With its REST interface; jobs are processes."""
    from real.arc_site import ArcSite

    with closing(ArcSite(CONTROL)) as site:
        yield site


@dataclass
class Folders:
    """Folders of runs below one that is a user's.

    Attributes:
        home: where.
        user: whose they are.
    """

    home: Path
    user: str
    made: int = field(default=0)

    def tasks(self, number: int, command: Sequence[str]) -> list[Task]:
        """So many runs of a command, each with its folder."""
        entry = pwd.getpwnam(self.user)
        tasks = []
        for n in range(self.made, self.made + number):
            folder = self.home / f"run-{n:06}"
            folder.mkdir()
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            tasks.append(Task(f"bench-{n:06}", f"bench {n}", tuple(command), {}, folder))
        self.made += number
        return tasks


@contextmanager
def folders(home: Path, user: str) -> Iterator[Folders]:
    """Below the folder of a site, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=home) as place:
        Path(place).chmod(0o755)
        entry = pwd.getpwnam(user)
        os.chown(place, entry.pw_uid, entry.pw_gid)
        yield Folders(Path(place), user)
