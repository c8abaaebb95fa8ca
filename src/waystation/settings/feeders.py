"""The settings of sources of jobs, one `[jobs.sources.NAME]` each."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from waystation.settings.section import Seconds, Section


class Source(Section):
    """What is said of each source of jobs."""

    account: Annotated[str, Field(min_length=1)]
    """Whose jobs they are, and whose rights count."""
    most: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Jobs of it that may be under way here at a time."""
    at_once: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Jobs that are taken together."""
    poll_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Between looks for new ones."""
    heartbeat_s: Annotated[float, Field(gt=0)] = 1800.0
    """Between reports of a job that has not changed; changes are told within seconds."""
    give_up_days: Annotated[float, Field(gt=0)] = 7.0
    """A source that does not hear how a job ended is told no more after so long."""


class DirectorySource(Source):
    """A folder into which jobs are put as files."""

    kind: Literal["directory"]
    """Which source it is."""
    path: Path
    """The folder; jobs are moved into its `new`."""


class PandaSource(Source):
    """A PanDA server, or one that speaks like it."""

    kind: Literal["panda"]
    """Which source it is."""
    url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]
    """Of its calls, `https://panda.example.org:25443/server/panda`."""
    site: Annotated[str, Field(min_length=1)]
    """What it calls us (`siteName`)."""
    label: str = ""
    """`prodSourceLabel` of jobs that are wanted; empty is any."""
    scheduler: str = "waystation"
    """What we call ourselves (`schedulerID`)."""
    command: tuple[str, ...] = ("{transformation}", "{jobPars}")
    """Words of each job's command with `{field}` of its description; `{jobPars}` alone becomes
    its words. The job finds its whole description in PANDA_JOB."""
    clusters: tuple[str, ...] = ()
    """That may run them; empty is any."""
    queue: str = ""
    """Of the cluster; empty is the usual."""
    space: str = ""
    """Where outputs go, below `panda/ID`; empty keeps none."""
    outputs: tuple[str, ...] = ()
    """Patterns below a job's folder of what is kept."""
    time_s: Annotated[int, Field(ge=0)] = 0
    """Longest wall time; 0 is what the cluster gives."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 1
    """Runs of one job when it fails by no fault of its own; PanDA tries again itself."""
    proxy: Path | None = None
    """File with a grid proxy: certificate, key and chain; something else renews it."""
    token_file: Path | None = None
    """File whose first line is a bearer token; something else renews it."""
    ca_file: Path | None = None
    """Certificate authorities in one file; None, without `ca_dir`, is the system's."""
    ca_dir: Path | None = None
    """The same as a directory of `<hash>.0` files."""
    timeout_s: Seconds = 60.0
    """Longest wait for an answer."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.space) != bool(self.outputs):
            raise ValueError("give space and outputs, or neither")
        return self


SourceSettings = Annotated[DirectorySource | PandaSource, Field(discriminator="kind")]
