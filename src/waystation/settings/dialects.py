"""The dialects' part of the settings."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from waystation.settings.section import Seconds, Section

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):\d{1,5}")


class WlcgPrefix(Section):
    """Where paths of a URL prefix are: `[dialects.wlcg_tape.prefixes."/grid/archive"]`."""

    store: str
    """Name of a store below `[stores]`."""
    root: Path
    """Directory of that store in which the rest of the path is looked for."""


class WlcgTape(Section):
    """The WLCG Tape REST API v1 for gfal2, FTS and their like, below `/api/tape/v1`."""

    enabled: bool = True
    """Whether it is answered at all; callers need a token or a certificate either way."""
    sitename: str = "waystation"
    """Name of the site in the discovery document, and key of its own `targetedMetadata`."""
    prefixes: dict[str, WlcgPrefix] = Field(default_factory=dict)
    """URL prefixes and their stores. Empty: `/<store>/…`, and with one store its own paths too."""
    max_files: Annotated[int, Field(ge=1_000, le=1_000_000)] = 10_000
    """Most files in one call; a larger stage request is refused with 413."""
    disk_lifetime_s: Seconds = 604_800.0
    """How long files are held on disk when the client names no `diskLifetime`; most do not."""


class MwaStaging(Section):
    """The HTTP interface of MWA's staging daemon, on a listener of its own.

    Its wire knows no credential: whoever reaches the listener acts as the service account.
    """

    listen: str = ""
    """Address and port, e.g. `127.0.0.1:8000`; empty is off. Behind a proxy: only the proxy."""
    networks: tuple[IPvAnyNetwork, ...] = ()
    """Networks from which callers are answered; of a proxy in front it is the proxy's address."""
    account: str = ""
    """Service account whose rights count; it owns the requests."""
    store: str = ""
    """Name of a store below `[stores]`."""
    prefix: str = ""
    """Directory below the store's root that file names are relative to; empty is the root."""
    job_lifetime_s: Seconds = 172_800.0
    """A job that is not complete after this ends with code 10 (was `JOB_EXPIRY_TIME`)."""
    hold_s: Seconds = 604_800.0
    """How long files stay on disk after they came."""
    filestatus_fresh_s: Seconds = 60.0
    """How old an answer of `/filestatus` may be; older ones are asked of the tape system."""
    report_days: Annotated[int, Field(ge=1)] = 30
    """How long failed jobs are listed, the newest hundred always (was `REPORT_EXPIREDAYS`)."""
    resolver: str = "mwa"
    """Who knows an observation's files: `mwa`, or an entry point of `waystation.resolvers`."""
    data_files_url: str = "http://ws.mwatelescope.org/metadata/data_files"
    """Web service that `mwa` asks (was `DATA_FILES_URL`)."""
    lookup_timeout_s: Seconds = 60.0
    """Longest wait for its answer."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """A listener without a network, an account or a store would serve everybody or nobody."""
        missing = [n for n in ("networks", "account", "store") if not getattr(self, n)]
        if self.listen and missing:
            raise ValueError(f"with `listen` there must be {', '.join(missing)} too")
        if self.listen and not _ADDRESS.fullmatch(self.listen):
            raise ValueError("listen must be an address and a port, as 127.0.0.1:8000")
        return self

    @property
    def at(self) -> tuple[str, int]:
        """Address and port of `listen`."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port or 0)


class Librarian(Section):
    """The Librarian's API v2 for its own client, below `/api/v2`."""

    enabled: bool = False
    """Whether it is answered at all; every call is HTTP Basic."""
    space: str = ""
    """Name of the space that is the library, and of the one store; file names are paths in it."""
    name: str = "waystation"
    """What this librarian is called by its peers."""
    title: str = "Waystation"
    """What a ping says (was `displayed_site_name`)."""
    description: str = "A librarian."
    """What a ping says beside it (was `displayed_site_description`)."""
    staging: Path | None = None
    """Folder that clients see under the same path, and that their group may write to."""
    hostnames: tuple[str, ...] = ()
    """Machines that see it, as `hostname` says there; empty is this machine."""
    max_search_results: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Most rows in one answer, whatever a client asks for."""
    maximal_upload_size_bytes: Annotated[int, Field(ge=1)] = 50_000_000_000
    """Largest upload."""
    staged_for_s: Seconds = 604_800.0
    """An upload that nobody commits is given up after this, and its room is free again."""
    checksum_timeout_s: Seconds = 86_400.0
    """What `validate/file` found is good for so long (was `checksum_timeout`)."""
    checksum_threads: Annotated[int, Field(ge=1, le=64)] = 4
    """Files that are read at a time."""
    globus_collection: str = ""
    """Globus collection by which other librarians reach `staging`; empty: by its path."""
    globus_base: str = ""
    """The folder `staging` as that collection names it; empty: by the same path."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """A library without a space or a staging area could take nothing."""
        missing = [n for n in ("space", "staging") if not getattr(self, n)]
        if self.enabled and missing:
            raise ValueError(f"with `enabled` there must be {', '.join(missing)} too")
        if self.staging is not None and not self.staging.is_absolute():
            raise ValueError("staging must be an absolute path: clients are told it")
        return self


class LtfseeGlobus(Section):
    """The ltfsee_globus API v0.5 for Globus stage apps, below `/api/v0.5`."""

    enabled: bool = False
    """Whether it is answered at all."""
    store: str = ""
    """Name of the store of all its files; empty is the only one there is."""
    shared_key: SecretStr | None = None
    """The one `AUTH_KEY` of old, which every user can read; give people tokens of their own."""
    account: str = ""
    """Acts for the shared key and for local users without an account; never as administrator."""
    socket: Path | None = None
    """Unix socket for stage apps on this host; the kernel says who calls, no key is needed."""
    pin_s: Seconds = 172_800.0
    """How long files are held on disk after they came: until Globus has fetched them."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        """A shared key that is nobody's would let in nobody."""
        if self.shared_key is not None and not self.account:
            raise ValueError("with `shared_key` there must be `account` too: who it acts as")
        return self


class DataHost(Section):
    """The Data Host of 2009 and its eight commands, below `/datahost/`."""

    enabled: bool = True
    """Whether it is answered at all; callers need a certificate, a token or a password."""
    space: str = "{user}"
    """Name of the space that an account's files are in; `{user}` stands for the account's name."""
    session_s: Seconds = 43_200.0
    """How long a sign-in by `datahost-login` is good."""
    plain_password: bool = False
    """Take passwords over plain HTTP also from other machines: whoever listens reads them."""


class Act(Section):
    """The REST interface of aCT, the ARC Control Tower, for its client `act`.

    It is at `/jobs`, `/proxies`, `/info`, `/data` and `/results`, where that client looks for it;
    pages of the same address are what browsers get.
    """

    enabled: bool = False
    """Whether it is answered at all; callers need a proxy that they delegated, or a token."""
    space: str = "{user}"
    """Space in which files of jobs are, in a folder `act`; `{user}` stands for the account."""
    clusters: dict[str, str] = Field(default_factory=dict)
    """Addresses that clients have in their configuration, and the clusters that they mean here:
    `"https://ce.example.org" = "slurm"`. Names of clusters are always good."""
    hosts: tuple[str, ...] = ()
    """More names of this server in addresses of inputs, `https://NAME/dav/SPACE/…`."""


class Dialects(Section):
    """Other systems' APIs, each on its own terms."""

    act: Act = Act()
    """The ARC Control Tower."""
    datahost: DataHost = DataHost()
    """The old Data Host."""
    librarian: Librarian = Librarian()
    """The Librarian."""
    ltfsee_globus: LtfseeGlobus = LtfseeGlobus()
    """ltfsee_globus, for Globus stage apps."""
    mwa_staging: MwaStaging = MwaStaging()
    """MWA's staging daemon."""
    wlcg_tape: WlcgTape = WlcgTape()
    """WLCG Tape REST API v1."""
