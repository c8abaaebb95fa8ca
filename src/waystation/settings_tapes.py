"""The settings of the tape systems: a class a kind, one section `[backends.NAME]` each."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from waystation.settings_dialects import Seconds, Section


class SpectrumArchive(Section):
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


class ScoutAM(Section):
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


TapeSettings = Annotated[SpectrumArchive | ScoutAM, Field(discriminator="kind")]
