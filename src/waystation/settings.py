"""Every setting once: typed, documented, read from one file and the environment, then frozen.

The file is TOML (`/etc/waystation/waystation.toml`, or where `WAYSTATION_CONFIG` says); a variable
`WAYSTATION_<SECTION>__<NAME>` wins over it. This module is the only reader of the environment.
"""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from waystation.settings_dialects import Dialects, Seconds, Section
from waystation.settings_identity import Issuer, Policy, SignIn
from waystation.settings_jobs import Jobs
from waystation.settings_sites import Sites
from waystation.settings_stores import Store
from waystation.settings_tapes import TapeSettings
from waystation.settings_transfers import EngineSettings

DEFAULT_CONFIG = Path("/etc/waystation/waystation.toml")
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Web(Section):
    """The listener for people and programs."""

    host: str = "127.0.0.1"
    """Address to listen on. Put nginx or HAProxy in front before you open it to others."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8300
    """TCP port; 0 takes a free one."""
    url: str | None = None
    """How others reach us, e.g. `https://stage.example.org`; None builds it from host and port."""
    allowed_hosts: tuple[str, ...] = ()
    """More names by which requests may address us (HTTP Host)."""
    content_url: str | None = None
    """Another origin for pictures that people stored, `https://content.example.org`: a name of its
    own that leads to the same listener and is used for nothing else. Browsers do not tell ports
    apart when they send cookies, so the name must differ. None shows them from here, sandboxed."""
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Proxies in front of us: their `X-Forwarded-For` says whom the audit trail and the throttle
    mean. Whoever is not named is not believed."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Web processes."""
    tls_certificate: Path | None = None
    """PEM certificate chain; with `tls_key` the listener speaks HTTPS (`waystation tls`)."""
    tls_key: Path | None = None
    """PEM private key."""
    accel: str = ""
    """Address below which nginx serves our disks by `X-Accel-Redirect`, `/.bytes`; `x-sendfile`
    for Apache's mod_xsendfile; empty is never. Only requests that the proxy marks
    (`X-Accel-Capable`) are answered so."""
    cache: Annotated[str, Field(pattern=r"^(memory|database|memcached://\S+|rediss?://\S+)$")] = (
        "memory"
    )
    """Where pages keep what they need not ask again: `memory` (of each process), `database`,
    `memcached://HOST:PORT[,HOST:PORT]` or `redis://HOST:PORT/0`. Only our own machines may reach
    it: who can write there can make us run what he likes."""
    max_body_bytes: Annotated[int, Field(gt=0)] = 256 * 2**20
    """Largest request body; a million paths of 100 bytes are 100 MB."""
    patience_s: Annotated[float, Field(ge=1, le=600)] = 60.0
    """A request's head must be here within this, and of its body 64 KiB in each such time."""

    @model_validator(mode="after")
    def _content_is_elsewhere(self) -> Self:
        if self.content_url is None:
            return self
        there = urlsplit(self.content_url)
        bare = f"{there.scheme}://{there.netloc}" == self.content_url and there.hostname
        if there.scheme not in {"http", "https"} or not bare:
            words = "web.content_url is an origin, https://content.example.org, without a path."
            raise ValueError(words)
        ours = {self.host, *self.allowed_hosts, urlsplit(self.url or "").hostname}
        if there.hostname in ours:
            words = "web.content_url needs a host name that is used for nothing else of ours."
            raise ValueError(words)
        return self


class Postgres(Section):
    """The database."""

    dsn: SecretStr | None = None
    """`postgresql://user:password@host/name` of a PostgreSQL 15 or later. None starts our own."""
    connections: Annotated[int, Field(ge=2)] = 8
    """Most connections of one process."""


class Log(Section):
    """What is written to standard error, one JSON object a line (text on a terminal)."""

    level: LogLevel = "INFO"
    """Of everything not named below."""
    loggers: dict[str, LogLevel] = Field(default_factory=dict)
    """Level by logger name, e.g. `"waystation.controllers" = "DEBUG"`."""
    format: Literal["auto", "json", "text"] = "auto"
    """`auto`: text on a terminal, JSON elsewhere."""


class Planner(Section):
    """Which tape next."""

    policy: Literal["fair", "efficiency"] = "fair"
    """`fair` divides by decayed drive time of each owner; `efficiency` does not."""
    tau_s: Seconds = 3600.0
    """A file's weight doubles after waiting this long."""
    guard_s: Seconds = 86_400.0
    """A tape whose oldest file waits longer goes first, whatever the rest."""
    half_life_s: Seconds = 7200.0
    """How quickly used drive time is forgotten."""
    shares: dict[str, float] = Field(default_factory=dict)
    """Weight by account name; others have 1."""
    profile: Literal["L9", "L9slow", "L9fast", "L7M"] = "L9"
    """Drive model used for estimates."""
    drive: dict[str, float] = Field(default_factory=dict)
    """Numbers of the drive model that differ at your site, e.g. `{ rate_bytes_s = 4e8 }`."""
    mounts_per_day: Annotated[int, Field(ge=0)] = 0
    """Mount budget against tape wear; beyond it lists are collected first. 0 is no budget."""
    restage_s: Seconds = 21_600.0
    """A list without any news for so long is given up; its files are looked for again."""
    request_lifetime_s: Seconds = 30 * 86_400.0
    """A request without `expires` is given up after this."""
    fresh_s: Seconds = 60.0
    """An online file seen on disk longer ago is looked at again before "complete" is said."""
    lease_s: Seconds = 300.0
    """What a worker took and did not finish (it was killed) is taken by another after this."""
    attempts: Annotated[int, Field(ge=1)] = 5
    """Tries of one file before it is called failed."""
    backoff_first_s: Seconds = 60.0
    """Wait after the first failure; doubles each time, to six hours at most."""


class Credential(Section):
    """HTTP Basic for callbacks in one dialect's words; sent to no other host."""

    name: str
    """User name."""
    password: SecretStr
    """Password."""
    hosts: tuple[str, ...]
    """Hosts that get it; `host`, `*.example.org` or `host:port`."""


class MailRelay(Section):
    """The site's own mail relay."""

    host: str = ""
    """Name of the relay; empty sends no mail."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """TCP port."""
    sender: str = "waystation@localhost"
    """Address that mails come from."""
    domains: tuple[str, ...] = ()
    """Domains to which mail may go."""
    starttls: bool = True
    """Encrypt, with the relay's certificate verified."""


class KafkaOut(Section):
    """A broker to which news may be sent."""

    client: dict[str, str] = Field(default_factory=dict)
    """librdkafka's own settings, `"bootstrap.servers"` first; empty sends nothing."""
    topics: tuple[str, ...] = ()
    """Topics to which news may go."""


class Notify(Section):
    """Who may be told when a request has ended."""

    hosts: tuple[str, ...] = ()
    """Hosts that callbacks may go to: `host`, `*.example.org`, `host:port`. Empty is nobody."""
    plain_hosts: tuple[str, ...] = ()
    """Those of them that may be called by http."""
    networks: tuple[IPvAnyNetwork, ...] = ()
    """Inside networks that they may be in; all others must be at public addresses."""
    ca_file: Path | None = None
    """Certificate authorities of the receivers; None is the system's."""
    credentials: dict[str, Credential] = Field(default_factory=dict)
    """HTTP Basic by dialect: `[notify.credentials.mwa_staging]`."""
    spacing_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    """Least time between two calls of one host."""
    timeout_s: Seconds = 30.0
    """Longest wait for a receiver."""
    retry_first_s: Seconds = 15.0
    """Wait after the first failure; doubles each time, to `retry_ceiling_s`."""
    retry_ceiling_s: Seconds = 600.0
    """Longest wait between two tries."""
    lifetime_s: Seconds = 14 * 86_400.0
    """Given up after this; shown as dead, can be replayed."""
    mail: MailRelay = MailRelay()
    """Mail."""
    kafka: KafkaOut = KafkaOut()
    """Kafka."""


class Grid(Section):
    """A second listener, with client certificates and RFC 3820 grid proxies."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """TCP port; 0 is off."""
    url: str | None = None
    """How browsers reach it, to sign in with a certificate; None is by the pages' own name, and
    `port`."""
    certificate: Path | None = None
    """PEM certificate chain of this host."""
    key: Path | None = None
    """PEM private key."""
    ca_dir: Path = Path("/etc/grid-security/certificates")
    """Trusted authorities as IGTF ships them: `<hash>.0`, and `<hash>.r0` for their CRLs."""
    require_crls: bool = False
    """Refuse certificates of an authority whose revocation list is missing or out of date."""


class Mover(Section):
    """A port of our own that sends files without copying them: for nodes without nginx."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """TCP port; 0 is off. It must be on the machine of the web process, beside its disks."""
    url: str | None = None
    """How others reach it; None is by the name that they used for the web port."""
    certificate: Path | None = None
    """PEM certificate chain; None is `web.tls_certificate`. What is asked for by TLS is sent from
    here by TLS only, what is asked for without by none; all else from where it was asked for."""
    key: Path | None = None
    """PEM private key; None is `web.tls_key`."""
    everybody: bool = False
    """Lead all clients there, also those not known to follow (curl without `-L`)."""


class Care(Section):
    """How files in spaces are looked after."""

    scrub_days: Annotated[float, Field(gt=0, le=3650)] = 30.0
    """Every file on disk is read again within so many days, and compared with its sha256."""
    scrub_bytes_per_s: Annotated[float, Field(ge=0)] = 50e6
    """Most that this reads, bytes a second on average; 0 is never."""


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


class Audit(Section):
    """The trail of who did what."""

    retention_days: Annotated[int, Field(ge=90)] = 400
    """How long entries are kept; security policies of the grid ask for 90 days at least."""


class Settings(BaseSettings):
    """All of them."""

    model_config = SettingsConfigDict(
        env_prefix="WAYSTATION_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    data_dir: Path = Path("/var/lib/waystation")
    """What must outlive a restart: database, keys, lists. Back it up."""
    web: Web = Web()
    postgres: Postgres = Postgres()
    log: Log = Log()
    planner: Planner = Planner()
    notify: Notify = Notify()
    dialects: Dialects = Dialects()
    grid: Grid = Grid()
    mover: Mover = Mover()
    transfers: Transfers = Transfers()
    jobs: Jobs = Jobs()
    sites: Sites = Sites()
    care: Care = Care()
    audit: Audit = Audit()
    policy: Policy = Policy()
    issuers: dict[str, Issuer] = Field(default_factory=dict)
    """Whose JWTs are taken as bearer tokens, by a name of yours: `[issuers.wlcg]`."""
    sign_in: dict[str, SignIn] = Field(default_factory=dict)
    """Systems by which people sign in, by a name of yours: `[sign_in.egi]`."""
    backends: dict[str, TapeSettings] = Field(default_factory=dict)
    """Tape systems by name: `[backends.ee]`, `kind = "spectrum_archive"`."""
    stores: dict[str, Store] = Field(default_factory=dict)
    """Trees of files by name: `[stores.archive]`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file; nothing else."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())


def config_path() -> Path:
    """The file that is read: `WAYSTATION_CONFIG`, or the system's."""
    return Path(os.environ.get("WAYSTATION_CONFIG", DEFAULT_CONFIG))


@cache
def current() -> Settings:
    """The settings of this process, read once.

    Raises:
        pydantic.ValidationError: a value is wrong; `waystation config check` says it in words.
    """
    return Settings()


def name_database(dsn: str) -> None:
    """From now on the settings of this process, and of its children, name this database."""
    os.environ["WAYSTATION_POSTGRES__DSN"] = dsn
    current.cache_clear()


def environment(**changes: str) -> dict[str, str]:
    """The environment for a child process of ours, with changes."""
    return {**os.environ, **changes}
