"""The settings of jobs: clusters, sources, presets and shares."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from waystation.settings.clusters import ClusterSettings
from waystation.settings.feeders import SourceSettings
from waystation.settings.section import Section


class Preset(Section):
    """What the form of jobs is filled with, each field as a person would write it there."""

    command: str = ""
    """Program and arguments."""
    container: str = ""
    """Image in which it runs."""
    inputs: str = ""
    """Files that go in, one a line: `SPACE:/FILE`."""
    outputs: str = ""
    """Patterns of what is kept."""
    to: str = ""
    """Where to, `SPACE:/FOLDER`."""
    items: str = ""
    """A job for each line."""
    name: str = ""
    """To find it again."""
    cluster: str = ""
    """Only there."""
    cpus: str = "1"
    """Cores."""
    memory: str = ""
    """`4G`."""
    time: str = ""
    """Longest, `2h`."""


class Jobs(Section):
    """Commands that are run beside the data."""

    groups: tuple[str, ...] = ()
    """Groups whose accounts may run jobs; administrators always may. Who may run a job may do
    there whatever the user of its cluster may."""
    per_owner: Annotated[int, Field(ge=0)] = 0
    """Jobs of one account that clusters have at a time; 0 is no limit. Clusters with room are
    shared fairly in any case."""
    shares: dict[str, Annotated[float, Field(gt=0, le=1000)]] = Field(default_factory=dict)
    """Parts where several want the same cores, by account or group: `"@survey" = 3` runs three
    jobs for one of anybody else's. Of several groups the largest counts; 1 where nothing is said.
    For requests that are made from then on."""
    poll_s: Annotated[float, Field(gt=0, le=3600)] = 2.0
    """Between looks at runs."""
    keep_days: Annotated[float, Field(ge=0, le=3650)] = 7.0
    """Folders and logs of runs that ended are kept so long."""
    history_days: Annotated[float, Field(ge=0, le=36_500)] = 0.0
    """Requests that ended are forgotten after so long, with their jobs and runs, once the folders
    of these are gone; 0 is never. Files in spaces stay, and do not say any more which job they are
    of; a caller's own key of a request is free again. Jobs of `dialects.act` that nobody cleaned
    are `lost` then."""
    lost_s: Annotated[float, Field(ge=1)] = 300.0
    """A run that its cluster does not know is given up after so long."""
    backoff_first_s: Annotated[float, Field(gt=0)] = 5.0
    """Wait before a run that failed by no fault of the job's is tried again; doubles each time."""
    lease_s: Annotated[float, Field(ge=5)] = 60.0
    """A worker that died loses what it worked on after so long."""
    clusters: dict[str, ClusterSettings] = Field(default_factory=dict)
    """Batch systems by a name of yours: `[jobs.clusters.slurm]`."""
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    """Who else gives us jobs, by a name of yours: `[jobs.sources.panda]`."""
    presets: dict[str, Preset] = Field(default_factory=dict)
    """What the page of jobs offers to begin with, by the name that it shows:
    `[jobs.presets."Plot a night"]`."""
    usual: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Clusters of a request that names none, by account or group: `"@lab" = ["slurm"]`. What is
    said of the account comes first, then its groups in this order, then any that takes it."""

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = {name for names in self.usual.values() for name in names} - set(self.clusters)
        if unknown:
            raise ValueError(f"usual: there is no cluster {min(unknown)!r}")
        return self
