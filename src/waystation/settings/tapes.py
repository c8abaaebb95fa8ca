"""The settings of the tape systems: a class a kind, one section `[backends.NAME]` each."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from waystation.settings.section import Seconds, Section


class System(Section):
    """What every tape system has."""

    restage_s: Seconds | None = None
    """A list without any news for so long is given up, and its files are looked for again; unless
    it is said here, `planner.restage_s` counts."""


class SpectrumArchive(System):
    """IBM Spectrum Archive EE, driven by its `eeadm` command."""

    kind: Literal["spectrum_archive"]
    """Which tape system it is."""
    eeadm: Path = Path("/opt/ibm/ltfsee/bin/eeadm")
    """The command; on the node where this back end's worker runs."""
    sudo_user: str | None = None
    """Run it as this user by `sudo -n -u`; None runs it as ourselves."""
    list_dir: Path | None = None
    """Where recall lists are kept; None is inside `data_dir`. Must be readable by `eeadm`."""
    libraries: tuple[str, ...] = ()
    """Names of the libraries, when there is more than one."""
    drives: Annotated[int, Field(ge=1)] = 4
    """How many drives recalls may take at a time."""
    xattr: str = "dmapi.IBMTPS"
    """Extended attribute that names a file's cartridges; empty to always ask `eeadm`."""
    command_timeout_s: Seconds = 60.0
    """Longest wait for one answer of `eeadm`."""
    poll_s: Seconds = 5.0
    """How often running recalls are looked at."""
    list_limit: Annotated[int, Field(ge=1)] = 20_000
    """Most files in one recall list."""
    release_pool: str = ""
    """Tape pool for `eeadm migrate` when files are released; empty lets EE choose."""


class ScoutKafka(Section):
    """The broker that carries a ScoutAM's news."""

    servers: tuple[str, ...] = Field(min_length=1)
    """Brokers to ask first: `["kafka1.example.org:9093"]`."""
    topic: str = Field(min_length=1)
    """Topic that ScoutAM is asked to write to and that we read."""
    group: str | None = None
    """Consumer group; None is `waystation-NAME`. Two installations must not share one."""
    user: str = ""
    """For SCRAM-SHA-512; empty is no login."""
    password: SecretStr | None = None
    """Of the user."""
    tls: bool = True
    """Speak TLS."""
    ca_file: Path | None = None
    """PEM file of who signed the brokers' certificates; None is the system's."""
    session_timeout_ms: Annotated[int, Field(ge=1000)] = 6000
    """A listener that is silent for so long has lost its place to another."""


class ScoutAM(System):
    """Versity ScoutAM, by its REST interface and its news by Kafka."""

    kind: Literal["scoutam"]
    """Which tape system it is."""
    urls: tuple[str, ...] = Field(min_length=1)
    """Every node: `["https://scout1.example.org:8080"]`; used in turn."""
    account: str
    """That may stage."""
    password: SecretStr
    """Of the account."""
    kafka: ScoutKafka
    """Where its news comes from: `[backends.NAME.kafka]`."""
    list_dir: Path | None = None
    """Where sent lists are remembered; None is inside `data_dir`."""
    ca_file: Path | None = None
    """PEM file of who signed the nodes' certificates; None is the system's."""
    prefix: str = "/v1"
    """Path before every call."""
    fscache: str = "/fscache"
    """Path of the call for the state of the disk cache, after `prefix`."""
    timeout_s: Seconds = 60.0
    """Longest wait for one answer."""
    at_once: Annotated[int, Field(ge=1, le=256)] = 16
    """Questions about files under way at a time; ScoutAM takes one file a question."""
    list_limit: Annotated[int, Field(ge=1, le=10_000)] = 10_000
    """Most files in one recall list."""
    lists: Annotated[int, Field(ge=1)] = 64
    """How many lists may be with ScoutAM at a time; it sorts the better the more it has."""
    look_after_s: Seconds = 600.0
    """Files of a list without news for so long are asked for."""
    releases: bool = False
    """Give disk space back by `release`, one call a file; False leaves that to ScoutAM."""
    poll_s: Seconds = 5.0
    """How often silent lists are looked at."""


class Script(System):
    """Any other tape system, by commands of the site's own."""

    kind: Literal["script"]
    """Which tape system it is."""
    locate: tuple[str, ...] = Field(min_length=1)
    """Program and first arguments that say where files are: `["/usr/local/libexec/locate"]`."""
    recall: tuple[str, ...] = Field(min_length=1)
    """Takes a list of files, starts their recall, prints its handle."""
    poll: tuple[str, ...] = Field(min_length=1)
    """Says how lists stand and how their files ended."""
    cancel: tuple[str, ...] = ()
    """Drops files of a list; empty when the system cannot."""
    release: tuple[str, ...] = ()
    """Gives the disk space of files back; empty when the system cannot."""
    library: tuple[str, ...] = ()
    """Shows the drives; empty when they are hidden."""
    environment: dict[str, SecretStr] = Field(default_factory=dict)
    """Variables for the commands beside PATH, LANG and HOME; they get nothing else of ours."""
    list_dir: Path | None = None
    """Where sent lists are remembered; None is inside `data_dir`."""
    sees_tape: bool = False
    """`locate` names the cartridge: Waystation then sends one list a tape."""
    sees_position: bool = False
    """`locate` gives positions on the cartridge."""
    keeps_order: bool = False
    """Files are read in the order in which `recall` was given them."""
    finds_keys: bool = False
    """`poll` finds the handle that was started with a key; see docs/how-to/any-tape-system.md."""
    lists: Annotated[int, Field(ge=1)] = 8
    """How many lists may be with the system at a time: drives and one more, or as it likes."""
    list_limit: Annotated[int, Field(ge=1)] = 10_000
    """Most files in one call of a command."""
    command_timeout_s: Seconds = 60.0
    """Longest that one command may run; then it is killed."""
    poll_s: Seconds = 15.0
    """How often running lists are looked at."""


class OtherSite(System):
    """Another site's dCache, EOS with CTA or StoRM, by the WLCG Tape REST API v1."""

    kind: Literal["wlcg_tape"]
    """Which tape system it is."""
    discovery: str = ""
    """The site's WebDAV address, `https://webdav.example.org:2880`; it leads to the rest."""
    endpoint: str = ""
    """Address of the API itself, for a site without a discovery document."""
    site: str = ""
    """Name under which `activity` is told; empty is the site's own from its discovery document."""
    token_file: Path | None = None
    """File with a bearer token (WLCG JWT) that something else renews; read for every call."""
    certificate: Path | None = None
    """PEM file: an X.509 certificate, or a proxy with its key and chain."""
    key: Path | None = None
    """PEM file of the certificate's key; None is in the same file."""
    ca_file: Path | None = None
    """PEM file of who signed the site's certificate; None is the system's."""
    ca_dir: Path | None = None
    """Directory of authorities by hash, `/etc/grid-security/certificates`."""
    prefixes: dict[str, str] = Field(default_factory=dict)
    """Our directory = what it is called there; without one, paths are the same at both sites."""
    disk_lifetime_s: Annotated[float, Field(ge=3600)] = 604_800.0
    """How long the site is asked to hold files; a site may ignore it."""
    activity: str = ""
    """Told with each file (`targetedMetadata`), for sites that divide their drives by it."""
    list_dir: Path | None = None
    """Where sent requests are remembered; None is inside `data_dir`. Do not lose it."""
    timeout_s: Seconds = 60.0
    """Longest wait for one answer, its repetitions included."""
    connect_timeout_s: Seconds = 5.0
    """Longest wait for a connection."""
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    """Calls under way at a time."""
    request_files: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Files in one stage request; halved by itself where the site takes less."""
    requests: Annotated[int, Field(ge=1)] = 5_000
    """Stage requests that may be at the site at a time."""
    list_limit: Annotated[int, Field(ge=1)] = 10_000
    """Most files in one recall list; it becomes as many requests as it takes."""
    request_poll_s: Seconds = 60.0
    """A request is looked at no more often."""
    stuck_after_s: Seconds = 604_800.0
    """A file that the site calls started for longer has failed and is asked for anew."""
    restage_s: Seconds | None = 604_800.0
    """A list without any news for so long is given up, and its files are looked for again: a bulk
    recall may be silent for days."""
    releases: bool = True
    """Give files back by `release`; set it to false for StoRM, where that does nothing."""
    allow_http: bool = False
    """Speak plain HTTP to the site."""
    poll_s: Seconds = 15.0
    """How often lists are looked at; each time some of their requests are asked after."""


class Ltfs(System):
    """Mounted LTFS cartridges: Waystation itself reads them and is the space manager."""

    kind: Literal["ltfs"]
    """Which tape system it is."""
    mount: Path = Path("/ltfs")
    """Where LTFS is mounted; with LTFS LE every cartridge is a directory in it."""
    one_cartridge: bool = False
    """`mount` is itself the one cartridge (LTFS SDE)."""
    sources: dict[str, str] = Field(default_factory=dict)
    """By store: the directory on the cartridges that equals its root: `{ survey = "archive" }`.
    A store that is not named has its tree right at the cartridges' roots."""
    drives: Annotated[int, Field(ge=1)] = 1
    """How many cartridges are read at a time."""
    releases: bool = True
    """Disk copies are removed after their pins, when a cartridge has the very same file."""
    fsync: bool = True
    """A file is on the disk for good before it is called online; False leaves that to the disk."""
    checksums: Path | None = None
    """The site's own checksums as `sha256sum` writes them, for files that have none on tape."""
    list_dir: Path | None = None
    """Where lists, journals and the index of cartridges are kept; None is inside `data_dir`."""
    timeout_s: Seconds = 30.0
    """Longest wait for one answer of LTFS."""
    fresh_s: Seconds = 60.0
    """How long the index of cartridges is believed before LTFS is asked what changed."""
    poll_s: Seconds = 5.0
    """How often running recalls are looked at."""
    list_limit: Annotated[int, Field(ge=1)] = 20_000
    """Most files in one recall list."""


TapeSettings = Annotated[
    SpectrumArchive | ScoutAM | Script | OtherSite | Ltfs, Field(discriminator="kind")
]
