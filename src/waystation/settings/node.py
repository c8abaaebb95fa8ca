"""The settings of the node itself: listeners, database, log, care."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from waystation.settings.section import Section

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


class Audit(Section):
    """The trail of who did what."""

    retention_days: Annotated[int, Field(ge=90)] = 400
    """How long entries are kept; security policies of the grid ask for 90 days at least."""
