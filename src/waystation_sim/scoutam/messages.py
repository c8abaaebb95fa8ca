"""ScoutAM's news: one Kafka message a file, to the topic that the request named."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from confluent_kafka import KafkaError, Message, Producer

from waystation_sim.scoutam.slips import Slips

SERVE_S = 0.02
"""How often the producer's delivery reports are taken."""

LAST_WORDS_S = 5.0
"""Longest wait for messages under way when the daemon ends."""


@dataclass(frozen=True, slots=True)
class FileNews:
    """What is said about a file; `requested` in seconds since 1970, `error` empty if well."""

    inode: int
    filename: str
    requested: float
    error: str

    def value(self) -> bytes:
        """The message's value as ScoutAM writes it."""
        times = {
            "RequestTime": _moment(datetime.fromtimestamp(self.requested, UTC)),
            "CompleteTime": _moment(datetime.now(UTC)),
        }
        names = {"Inode": self.inode, "Filename": self.filename}
        return json.dumps({**names, **times, "Error": self.error}).encode()


class News(Protocol):
    """Where news goes."""

    def send(self, topic: str, news: FileNews, told: Callable[[], None]) -> None:
        """Send one message; `told` is called once it is with the broker, or lost for good."""
        ...

    def close(self) -> None:
        """Send what is under way, then no more."""
        ...


class Silence:
    """A ScoutAM without a broker: nobody is told."""

    def send(self, topic: str, news: FileNews, told: Callable[[], None]) -> None:
        """Say nothing."""
        del topic, news
        told()

    def close(self) -> None:
        """Nothing is under way."""


class KafkaNews:
    """News through a broker, with the faults on order.

    Must be used within the event loop's thread.
    """

    def __init__(self, settings: dict[str, str], slips: Slips) -> None:
        self._slips = slips
        self._loop = asyncio.get_running_loop()
        self._producer = Producer(
            {"linger.ms": 5, "acks": "all", "reconnect.backoff.max.ms": 1000, **settings}
        )
        self._timer = self._loop.call_later(SERVE_S, self._serve)

    def send(self, topic: str, news: FileNews, told: Callable[[], None]) -> None:
        """As the protocol says, by way of what is ordered to go wrong."""
        if self._slips.take("lost"):
            told()
            return
        copies = 2 if self._slips.take("doubled") else 1
        for _ in range(copies):
            self._loop.call_later(self._slips.late_s, self._produce, topic, news, told)

    def close(self) -> None:
        """Wait a moment for what is under way."""
        self._timer.cancel()
        self._producer.flush(LAST_WORDS_S)

    def _produce(self, topic: str, news: FileNews, told: Callable[[], None]) -> None:
        def delivered(error: KafkaError | None, _: Message) -> None:
            if error is None:
                told()

        try:
            self._producer.produce(topic, news.value(), on_delivery=delivered)
        except BufferError:  # librdkafka's queue is full: later
            self._loop.call_later(SERVE_S, self._produce, topic, news, told)

    def _serve(self) -> None:
        self._producer.poll(0)
        self._timer = self._loop.call_later(SERVE_S, self._serve)


def _moment(at: datetime) -> str:
    """As in a message of MWA's: `2022-02-04 03:01:38 +0000 GMT`."""
    return at.strftime("%Y-%m-%d %H:%M:%S +0000 GMT")
