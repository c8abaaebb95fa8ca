"""What the consumer is told: which brokers, as whom, and how patient."""

from dataclasses import dataclass, field
from pathlib import Path

LOG_CRITICAL = 2
"""Of syslog(3)."""


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """Settings of one stream.

    Attributes:
        servers: brokers to ask first, `host:port`.
        topic: that the tape system writes to.
        group: whose offsets these are; two installations with one group share the messages.
        user: for SCRAM-SHA-512; empty = no login.
        password: of the user.
        tls: speak TLS.
        ca_file: PEM file of who signed the brokers' certificates; None = the system's.
        session_timeout_ms: a listener that is silent for so long has lost its place. Long ones
            let a killed listener's messages wait (and one broker used in tests serves no group
            within librdkafka's own 45 s).
        reconnect_ms: wait before connecting again; doubles up to `reconnect_most_ms`.
        reconnect_most_ms: longest such wait.
    """

    servers: tuple[str, ...]
    topic: str
    group: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True
    ca_file: Path | None = None
    session_timeout_ms: int = 6000
    reconnect_ms: int = 500
    reconnect_most_ms: int = 10_000

    def librdkafka(self) -> dict[str, str | int | bool]:
        """In librdkafka's words (its CONFIGURATION.md)."""
        settings: dict[str, str | int | bool] = {
            "bootstrap.servers": ",".join(self.servers),
            "group.id": self.group,
            "client.id": self.group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": max(100, self.session_timeout_ms // 6),
            "reconnect.backoff.ms": self.reconnect_ms,
            "reconnect.backoff.max.ms": self.reconnect_most_ms,
            "security.protocol": self.protocol,
            "enable.partition.eof": False,
            "log.connection.close": False,
            # One line for each try to connect otherwise; what matters comes as an error.
            "log_level": LOG_CRITICAL,
        }
        if self.user:
            settings["sasl.mechanism"] = "SCRAM-SHA-512"
            settings["sasl.username"] = self.user
            settings["sasl.password"] = self.password
        if self.tls and self.ca_file is not None:
            settings["ssl.ca.location"] = str(self.ca_file)
        return settings

    @property
    def protocol(self) -> str:
        """As Kafka names what is spoken."""
        if self.user:
            return "SASL_SSL" if self.tls else "SASL_PLAINTEXT"
        return "SSL" if self.tls else "PLAINTEXT"
