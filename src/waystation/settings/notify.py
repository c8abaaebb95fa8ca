"""The settings of news: webhooks, mail and Kafka."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, IPvAnyNetwork, SecretStr

from waystation.settings.section import Seconds, Section


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
