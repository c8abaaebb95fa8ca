"""What the demonstration asks of a face."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from waystation_sim.site.running import RunningSite


@dataclass(frozen=True, slots=True)
class Face:
    """One way in which a simulated tape library answers, and how it is spoken to.

    Attributes:
        name: as people ask for it.
        words: for the report: what is simulated, and by which wire it answers.
        shows_mounts: Waystation can see cartridges, and so count their mounts.
        site: makes the site of a directory; its daemon is of the right kind.
        running: runs the daemon of a site, and what stands beside it below `home`; gives the
            settings of the back end as TOML, without the line of the section. `drives` says how
            many the library has.
    """

    name: str
    words: str
    shows_mounts: bool
    site: Callable[[Path, float, str], RunningSite]
    running: Callable[[Path, RunningSite, int], AbstractContextManager[str]]
