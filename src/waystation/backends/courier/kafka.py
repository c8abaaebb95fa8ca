"""Messages to topics of the site's own Kafka broker, acknowledged by all in-sync replicas."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from waystation.domains.notify.entities import Parcel
from waystation.domains.notify.errors import DeliveryError

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True, slots=True)
class KafkaConfig:
    """The broker.

    Attributes:
        client: librdkafka's own settings (bootstrap.servers, security, credentials).
        topics: to which messages may go; empty is nowhere.
    """

    client: Mapping[str, str | int | float | bool] = field(repr=False)
    topics: tuple[str, ...]
    timeout_s: float = 30.0


def missing(config: KafkaConfig) -> list[str]:
    """Topics of the settings that the broker does not have; for who looks after it.

    Raises:
        DeliveryError: it does not answer in time, or does not let us in.
    """
    try:
        client = AdminClient({**config.client, "log_level": 0})
        known = client.list_topics(timeout=config.timeout_s).topics
    except KafkaException as problem:
        words = f"does not answer: {problem.args[0].str()}"
        raise DeliveryError(words, reached=False) from problem
    return [topic for topic in config.topics if topic not in known]


class Kafka:
    """Produces letters; a message counts when the broker has acknowledged it."""

    def __init__(self, config: KafkaConfig) -> None:
        self._config = config
        self._producer: Producer | None = None
        self._lock = threading.Lock()

    def receiver(self, target: str) -> str:
        """The broker: when it is away, all topics wait."""
        del target
        return f"kafka://{self._config.client.get('bootstrap.servers', '')}"[:300]

    def objection(self, target: str) -> str | None:
        """A topic, and an allowed one."""
        if not _TOPIC.fullmatch(target) or target not in self._config.topics:
            return f"Topic {target!r} is not allowed here; operators list notify.kafka.topics."
        return None

    def deliver(self, parcel: Parcel) -> None:
        """Produce it and wait until the broker has it."""
        told: list[KafkaError | None] = []

        def on_delivery(error: KafkaError | None, _: Message) -> None:
            told.append(error)

        producer = self._connected()
        try:
            producer.produce(
                parcel.target,
                parcel.letter.body.encode(),
                key=parcel.letter.subject,
                headers=[("waystation-delivery", str(parcel.id).encode())],
                on_delivery=on_delivery,
            )
            producer.flush(self._config.timeout_s + 1)
        except (BufferError, KafkaException) as problem:
            raise DeliveryError(f"Kafka does not take it: {problem}", reached=False) from problem
        if not told or told[0] is not None:
            words = told[0].str() if told and told[0] else "no acknowledgement in time"
            raise DeliveryError(f"Kafka does not take it: {words}.", reached=False)

    def _connected(self) -> Producer:
        with self._lock:
            if self._producer is None:
                kept = {
                    "acks": "all",
                    "enable.idempotence": True,
                    "message.timeout.ms": int(1000 * self._config.timeout_s),
                    "reconnect.backoff.max.ms": 10_000,
                }
                self._producer = Producer({**kept, **self._config.client})
            return self._producer
