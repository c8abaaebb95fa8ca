"""The settings of transfer engines: a class a kind, one `[transfers.engines.NAME]` each."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from waystation.settings.section import Seconds, Section

Width = Annotated[int, Field(ge=1, le=256)]
MostFiles = Annotated[int, Field(ge=1, le=100_000)]
MostActive = Annotated[int, Field(ge=1, le=64)]


class LocalEngine(Section):
    """Copies between folders of this machine, and of file systems that it shares."""

    kind: Literal["local"]
    """Which engine it is."""
    width: Width = 4
    """Files of a load at a time."""
    durable: bool = True
    """Files survive a power cut once they have arrived; False leaves that to the disk."""
    most_files: MostFiles = 10_000
    """Files in one load."""
    most_active: MostActive = 4
    """Loads at a time, in each process."""


class RsyncEngine(Section):
    """From or to a host that is reached by SSH, or an rsync daemon."""

    kind: Literal["rsync"]
    """Which engine it is."""
    rsync: str = "rsync"
    """The program, version 3.2.3 or later."""
    ssh: tuple[str, ...] = ("ssh", "-o", "BatchMode=yes")
    """What reaches hosts: program and options, each a word: `["ssh", "-i", "/etc/…/key"]`."""
    password_file: Path | None = None
    """For daemons; readable by this service alone."""
    width: Width = 4
    """Files of a load that are checked at a time."""
    most_files: MostFiles = 10_000
    """Files in one load."""
    most_active: MostActive = 4
    """Runs at a time, in each process."""


class HttpEngine(Section):
    """By HTTP and WebDAV: third-party copies between servers, and from or to a folder here.

    Which servers may be called, and whom to trust, is said in `[transfers]`.
    """

    kind: Literal["http_tpc"]
    """Which engine it is."""
    copy_by: Literal["pull", "push"] = "pull"
    """Between two servers: the target is told to fetch, or the source to send."""
    part_names: bool = True
    """Files have another name until they are whole and right. Set it to false for XRootD, which
    does not decode the new name of a MOVE."""
    tries: Annotated[int, Field(ge=1, le=20)] = 4
    """Of fetching one file that breaks off, each from where the last one ended."""
    width: Width = 8
    """Files of a load at a time."""
    most_files: MostFiles = 10_000
    """Files in one load."""
    most_active: MostActive = 4
    """Loads at a time, in each process."""


class GridFtpEngine(Section):
    """By GridFTP with a grid proxy."""

    kind: Literal["gridftp"]
    """Which engine it is."""
    globus_url_copy: str = "globus-url-copy"
    """The program."""
    proxy: Path | None = None
    """File with a grid proxy that something else renews."""
    ca_dir: Path = Path("/etc/grid-security/certificates")
    """Authorities by hash, with their signing policies."""
    streams: Annotated[int, Field(ge=1, le=64)] = 1
    """TCP connections for each file; more help over long distances."""
    width: Width = 4
    """Files of a load at a time."""
    plain: bool = False
    """Allow `ftp://`, where nobody is asked who they are."""
    most_files: MostFiles = 10_000
    """Files in one load."""
    most_active: MostActive = 4
    """Runs at a time, in each process."""


class RcloneEngine(Section):
    """By rclone: object stores, and all else that it knows."""

    kind: Literal["rclone"]
    """Which engine it is."""
    config: Path
    """rclone's own file with the remotes and their keys; readable by this service alone."""
    rclone: str = "rclone"
    """The program."""
    remotes: tuple[str, ...] = ()
    """Remotes of the file that may be used; empty is all."""
    width: Width = 8
    """Files of a load at a time."""
    most_files: MostFiles = 10_000
    """Files in one load."""
    most_active: MostActive = 4
    """Runs at a time, in each process."""


class GlobusSettings(Section):
    """Globus Transfer; see docs/how-to/globus.md."""

    kind: Literal["globus"]
    """Which engine it is."""
    client: str = Field(min_length=1)
    """UUID of the application that is registered at Globus."""
    secret: SecretStr | None = None
    """Of a confidential application."""
    secret_file: Path | None = None
    """File whose first line is the secret."""
    refresh_token: SecretStr | None = None
    """That a person gave to a native application."""
    refresh_token_file: Path | None = None
    """File whose first line is the refresh token."""
    sync_level: Literal["exists", "size", "mtime", "checksum", ""] = "checksum"
    """What is at the target already and equal by this is not moved again; empty moves all."""
    verify_checksum: bool = True
    """Globus compares checksums after each file."""
    encrypt: bool = True
    """Bytes are encrypted on their way."""
    preserve_time: bool = False
    """Files keep their times."""
    source_checksums: bool = False
    """Our md5 or sha256 goes with each file; one that is wrong then ends the whole task."""
    most_files: MostFiles = 2_000
    """Files in one task."""
    most_active: Annotated[int, Field(ge=1, le=100)] = 100
    """Tasks that are not over; Globus takes no more than 100 of one identity."""
    timeout_s: Seconds = 30.0
    """Longest wait for one answer of Globus."""

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        given = [self.secret, self.secret_file, self.refresh_token, self.refresh_token_file]
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of secret, secret_file, refresh_token, refresh_token_file")
        return self


class FtsSettings(Section):
    """FTS3, the file transfer service of the grid, by its REST interface.

    Which servers may be named to it, and whom to trust, is said in `[transfers]`.
    """

    kind: Literal["fts"]
    """Which engine it is."""
    url: Annotated[str, Field(pattern=r"https?://[^/?#@\s]+/?$")]
    """Of its REST port: `https://fts.example.org:8446`."""
    token: SecretStr | None = None
    """Bearer that it knows us by."""
    token_file: Path | None = None
    """File whose first line is the bearer, which something else renews."""
    proxy: Path | None = None
    """File with a grid proxy, which something else renews and delegates to FTS
    (`fts-rest-delegate`)."""
    verify_checksum: Literal["both", "source", "target", "none"] = "both"
    """Whose checksum FTS holds against what we tell; `none` asks nobody."""
    retries: Annotated[int, Field(ge=0, le=20)] = 2
    """Of one file, by FTS."""
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    """Within all that we send by it; 5 is first."""
    most_files: MostFiles = 1_000
    """Files in one job."""
    most_active: Annotated[int, Field(ge=1, le=1_000)] = 100
    """Jobs that are not over."""
    timeout_s: Seconds = 30.0
    """Longest wait for one answer of FTS."""

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        given = [self.token, self.token_file, self.proxy]
        if sum(each is not None for each in given) != 1:
            raise ValueError("give one of token, token_file, proxy")
        return self


EngineSettings = Annotated[
    LocalEngine
    | RsyncEngine
    | HttpEngine
    | GridFtpEngine
    | RcloneEngine
    | GlobusSettings
    | FtsSettings,
    Field(discriminator="kind"),
]


class Transfers(Section):
    """Files that are copied between this server and others, by COPY (HTTP third-party copy)."""

    hosts: tuple[str, ...] = ()
    """Servers that files may be copied from and to, by COPY and by engines: `host`,
    `*.example.org`, `host:port`."""
    plain_hosts: tuple[str, ...] = ()
    """Those of them that may be reached by http."""
    networks: tuple[IPvAnyNetwork, ...] = ()
    """Inside networks that they may be in; all others must be at public addresses."""
    ca_file: Path | None = None
    """Certificate authorities of those servers, in one file; None is the system's."""
    ca_dir: Path | None = None
    """The same as a directory of `<hash>.0` files."""
    most: Annotated[int, Field(ge=1, le=1_000)] = 32
    """Copies that one web process makes at a time; more are answered 429."""
    silence_s: Seconds = 120.0
    """Longest wait for the next bytes of another server."""
    host: str = ""
    """Name of this machine where endpoints say which machines see a folder; empty is the system's
    own."""
    engines: dict[str, EngineSettings] = Field(default_factory=dict)
    """What moves files between sites, by a name of yours: `[transfers.engines.globus]`."""
