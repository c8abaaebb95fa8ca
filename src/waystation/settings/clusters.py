"""The settings of clusters: a class a kind of batch system, one `[jobs.clusters.NAME]` each."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from waystation.settings.section import Seconds, Section

Python = Annotated[str, Field(min_length=1)]
_COMMAND = re.compile(r"\+?[A-Za-z_][A-Za-z0-9_.]*")


class Cluster(Section):
    """What is said of each."""

    most: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Jobs of ours that it may have at a time, waiting or running."""
    only: tuple[str, ...] = ()
    """Whose jobs it takes: accounts and groups, `["alice", "@lab"]`. Empty is everybody who may
    run jobs; administrators' are taken always."""
    container: tuple[str, ...] = ()
    """Words before a command that runs in a container, with `{image}` and `{folder}`, e.g.
    `["apptainer", "exec", "--no-home", "--bind", "{folder}", "--pwd", "{folder}", "{image}"]`.
    Empty: it takes no jobs with a container."""
    near: tuple[str, ...] = ()
    """Spaces and stores beside it: jobs whose files are there go there first, while it has free
    cores."""
    images: tuple[str, ...] = ("*",)
    """Images that jobs may name: `["/cvmfs/images/*", "docker://registry.example.org/*"]`."""
    work: Path | None = None
    """Folder for the folders of its jobs, which its nodes see at the same path where they share
    one with us; `DATA_DIR/jobs/NAME` when not said. The user of its jobs must reach it."""


class LocalCluster(Cluster):
    """This machine: each run is a few processes of its own, which outlive ours."""

    kind: Literal["local"]
    """Which batch system it is."""
    cores: Annotated[int, Field(ge=0)] = 0
    """Cores for jobs; 0 is all of this machine."""
    python: Python = "/usr/bin/python3"
    """Interpreter of the guard that is beside each run, version 3.7 or later."""
    run_as: str = ""
    """User whose processes they are; we must be root for it. Empty is our own, who can read all
    that we can: do that only where everybody who may run jobs may read everything."""
    before: tuple[str, ...] = ()
    """Words before the guard's own, e.g. `["systemd-run", "--scope", "--quiet"]`, so that a stop
    of our service does not end them."""


class SlurmCluster(Cluster):
    """A Slurm whose commands are on this machine and whose nodes see the folders of jobs."""

    kind: Literal["slurm"]
    """Which batch system it is."""
    run_as: str = ""
    """User whose jobs they are; we must be root for it. Empty is our own, who can read all
    that we can: do that only where everybody who may run jobs may read everything."""
    conf: Path | None = None
    """Its `slurm.conf`; None is where Slurm looks itself."""
    python: Annotated[str, Field(pattern=r"^/[^\s]{1,100}$")] = "/usr/bin/python3"
    """Interpreter on the nodes for the guard that is beside each run, version 3.7 or later."""
    options: tuple[str, ...] = ()
    """More words for every sbatch, `["--qos=data"]`."""
    accounting: bool = False
    """There is a slurmdbd: ask sacct about runs that the controller has forgotten."""
    at_once: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Runs of one job array; less than Slurm's MaxArraySize."""
    remembers_s: Annotated[int, Field(ge=10)] = 300
    """How long the controller knows ended jobs: Slurm's MinJobAge."""
    timeout_s: Seconds = 30.0
    """Longest wait for one answer."""


class ArcInternal(Cluster):
    """An A-REX 6 on this machine, by its INTERNAL interface: no network service is needed."""

    kind: Literal["arc_internal"]
    """Which batch system it is."""
    run_as: str = ""
    """A-REX' user, whose jobs they are; we must be root for it. Empty is our own."""
    conf: Path = Path("/etc/arc.conf")
    """Its configuration."""
    python: Python = "/usr/bin/python3"
    """Interpreter on the nodes for the guard that is beside each run, version 3.7 or later."""
    helper: Python = "/usr/bin/python3"
    """Interpreter that has ARC's bindings (`python3-nordugrid-arc`)."""
    gm_jobs: Python = "/usr/lib/arc/gm-jobs"
    """A-REX' own command."""
    proxy: Path | None = None
    """Grid proxy for jobs that move data themselves, which something else renews; none is needed
    otherwise."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 200
    """Jobs of one call."""
    timeout_s: Seconds = 120.0
    """Longest wait for one call."""


class ArcRest(Cluster):
    """An ARC computing element anywhere, by its REST interface (1.0 of ARC 6, 1.1 of ARC 7)."""

    kind: Literal["arc_rest"]
    """Which batch system it is."""
    url: Annotated[str, Field(pattern=r"^https://[^\s?#]+$")]
    """Of A-REX, `https://ce.example.org/arex`."""
    proxy: Path | None = None
    """File with a grid proxy: certificate, key and chain; something else renews it."""
    token_file: Path | None = None
    """File whose first line is a bearer token; something else renews it."""
    delegate: bool = False
    """Give A-REX a proxy of our proxy with each job: where jobs need one."""
    credentials: Literal["cluster", "owner"] = "cluster"
    """Whose proxy jobs get: `cluster` is ours, where `delegate` says so; `owner` is that of each
    job's owner, who delegates it to us by `act proxy` (`dialects.act`). Jobs of who has none wait,
    and say so. We ourselves show `proxy` or `token_file` in any case."""
    ca_file: Path | None = None
    """Certificate authorities in one file; None, without `ca_dir`, is the system's."""
    ca_dir: Path | None = None
    """The same as a directory of `<hash>.0` files."""
    python: Python = "/usr/bin/python3"
    """Interpreter on the nodes for the guard that is beside each run, version 3.7 or later."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 200
    """Jobs of one call."""
    timeout_s: Seconds = 60.0
    """Longest wait for the next part of an answer."""

    @model_validator(mode="after")
    def _some_proof(self) -> Self:
        if self.proxy is None and (self.token_file is None or self.delegate):
            raise ValueError("give proxy or token_file; to delegate, proxy")
        return self


class HTCondorCluster(Cluster):
    """An HTCondor whose nodes see the folders of jobs. Experimental: no real one was tried."""

    kind: Literal["htcondor"]
    """Which batch system it is."""
    experimental: bool = False
    """Say `true` to use it: that you know that this kind is."""
    run_as: str = ""
    """User whose jobs they are; we must be root for it. Empty is our own, who can read all
    that we can: do that only where everybody who may run jobs may read everything."""
    conf: Path | None = None
    """Its `condor_config`; None is where HTCondor looks itself."""
    pool: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:@<>?=&\[\]-]*$")] = ""
    """Its collector, `HOST[:PORT]`; empty is what `conf` says. Give `schedd` with it."""
    schedd: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@-]*$")] = ""
    """Name of the access point that jobs are submitted to; empty is that of this machine."""
    python: Annotated[str, Field(pattern=r"^/[^\s$\"']{1,100}$")] = "/usr/bin/python3"
    """Interpreter on the nodes for the guard that is beside each run, version 3.7 or later."""
    helper: str = ""
    """Interpreter that has HTCondor's bindings (module `htcondor2`), 3.7 or later. Empty is that
    of this service: `pip install waystation[htcondor]`."""
    options: dict[str, Annotated[str, Field(pattern=r"^[^\r\n]*$")]] = Field(default_factory=dict)
    """More commands of every submit description, `{ requirements = "HasLab" }`."""
    log: Path | None = None
    """Event log of all our jobs, which HTCondor writes; None is none."""
    at_once: Annotated[int, Field(ge=1, le=20_000)] = 1000
    """Jobs of one submission."""
    remembers_s: Annotated[int, Field(ge=10)] = 3600
    """How long its history knows ended jobs, at least."""
    timeout_s: Seconds = 60.0
    """Longest wait for one answer."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.pool and not self.schedd:
            raise ValueError("give schedd with pool")
        names = [each for each in self.options if not _COMMAND.fullmatch(each)]
        if names:
            raise ValueError(f"options: {names[0]!r} cannot be the name of a submit command")
        return self


class PandaCluster(Cluster):
    """A PanDA server, whose pilots run jobs anywhere; files go through a folder by WebDAV."""

    kind: Literal["panda"]
    """Which batch system it is."""
    url: Annotated[str, Field(pattern=r"^https://[^\s?#]+$")]
    """Of its REST API, `https://panda.example.org:25443/api/v1`."""
    site: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$")]
    """PanDA's queue that jobs go to (`computingSite`); a job that names a queue goes to that."""
    exchange: Annotated[str, Field(pattern=r"^https://[A-Za-z0-9._~:/%@+-]+$")]
    """The folder, `https://data.example.org/dav/panda`. Pilots must be let in by their proxy or
    token, and may read and write there."""
    vo: str = ""
    """Virtual organisation; by it PanDA also knows the issuer of a token (`lab.production`), so
    that it has to be said with one."""
    label: Annotated[str, Field(pattern=r"^[a-z_0-9]+$")] = "user"
    """`prodSourceLabel` of our jobs."""
    destination: str = "local"
    """Where pilots put their own logs (`destinationSE`)."""
    proxy: Path | None = None
    """File with a grid proxy for both: certificate, key and chain; something else renews it."""
    token_file: Path | None = None
    """File whose first line is a bearer token for PanDA; something else renews it."""
    exchange_token_file: Path | None = None
    """The same for the folder."""
    ca_file: Path | None = None
    """Certificate authorities in one file; None, without `ca_dir`, is the system's."""
    ca_dir: Path | None = None
    """The same as a directory of `<hash>.0` files."""
    python: Annotated[str, Field(pattern=r"^/[^\s]{1,100}$")] = "/usr/bin/python3"
    """Interpreter on the nodes for what brings a job there, version 3.7 or later."""
    beat_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Between looks of a running job at the folder: what it writes is shown, a stop is heard."""
    at_once: Annotated[int, Field(ge=1, le=5000)] = 200
    """Jobs of one call."""
    timeout_s: Seconds = 60.0
    """Longest wait for the next part of an answer."""

    @model_validator(mode="after")
    def _some_proof(self) -> Self:
        if self.proxy is None and (self.token_file is None or self.exchange_token_file is None):
            raise ValueError("give proxy, or token_file and exchange_token_file")
        if self.token_file is not None and not self.vo:
            raise ValueError("give vo with token_file")
        return self


ClusterSettings = Annotated[
    LocalCluster | SlurmCluster | ArcInternal | ArcRest | HTCondorCluster | PandaCluster,
    Field(discriminator="kind"),
]
