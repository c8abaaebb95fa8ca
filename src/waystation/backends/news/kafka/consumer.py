"""A stream of news from a Kafka topic: at least once, poison set aside, trouble in plain words."""

import logging
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from waystation.backends.news.kafka.config import KafkaConfig
from waystation.domains.staging.errors import BackendError, BackendUnavailableError
from waystation.domains.staging.ports import News, NewsBatch, Place, Poison

log = logging.getLogger(__name__)

Read = Callable[[bytes], News]
"""Reads the value of a message; raises ValueError with words when it is none of ours."""

MORE_S = 0.02
"""After a first message: how long to wait for others. What waits here already comes at once."""

PROOF_S = 5.0
"""While something is wrong: how often to ask the brokers for a proof of life, and how long."""

SHOWN = 500
"""Characters of an unreadable message that are kept."""

# librdkafka's own errors begin with an underscore there; they are documented all the same.
REFUSED, UNTRUSTED = KafkaError._AUTHENTICATION, KafkaError._SSL  # noqa: SLF001

OPERATORS = {
    REFUSED: "Check `user` and `password` of the back end's news.",
    UNTRUSTED: "Check `ca_file` of the back end's news, and the brokers' names.",
    KafkaError.TOPIC_AUTHORIZATION_FAILED: "Let the user read the topic.",
    KafkaError.GROUP_AUTHORIZATION_FAILED: "Let the user use the consumer group.",
    KafkaError.SASL_AUTHENTICATION_FAILED: "Check `user` and `password` of the back end's news.",
}
"""Errors that do not go away by themselves, with what to do."""

TIMING = re.compile(r" \(after \d+ms in state \w+[^)]*\)")
"""A part of librdkafka's words that differs each time."""

OTHERWISE = "Look whether the brokers run and can be reached from here."

LOST_PLACE = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID,
}
"""Another listener has these messages now, and will tell the same again: harmless."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a broker or librdkafka last complained of."""

    words: str
    advice: str


class KafkaNews:
    """A `NewsSource`. For one thread; connects when it is first asked.

    After a full batch there is more: the next one is read while the caller writes this one down.
    """

    def __init__(self, config: KafkaConfig, read: Read) -> None:
        self._config = config
        self._read = read
        self._consumer: Consumer | None = None
        self._pending: NewsBatch | None = None
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="kafka")
        self._ahead: Future[NewsBatch] | None = None
        self._trouble: Trouble | None = None
        self._proof_due = 0.0

    def take(self, limit: int, wait_s: float) -> NewsBatch:
        """As the port promises."""
        if self._pending is not None:
            return self._pending
        ahead, self._ahead = self._ahead, None
        batch = ahead.result() if ahead is not None else NewsBatch()
        batch = batch or self._next(limit, wait_s)
        if batch:
            self._pending = batch
        if len(batch) == limit:
            self._ahead = self._reader.submit(self._next, limit, MORE_S)
        return batch

    def commit(self, batch: NewsBatch) -> None:
        """As the port promises.

        Not waited for: librdkafka would wait for a dead broker for ever. The broker's answer comes
        during a later `take`.
        """
        self._pending = None
        if self._consumer is None or not isinstance(batch.mark, list):
            return
        try:
            self._consumer.commit(offsets=batch.mark, asynchronous=True)
        except KafkaException as error:
            words = f"The place in the stream could not be kept: {error.args[0].str()}."
            raise BackendUnavailableError(words, advice=OTHERWISE) from error

    def close(self) -> None:
        """As the port promises."""
        self._pending = None
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            with suppress(BackendError):
                ahead.result()
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _next(self, limit: int, wait_s: float) -> NewsBatch:
        """Read up to so many messages, waiting so long for the first of them."""
        consumer = self._consumer or self._connect()
        try:
            found = consumer.consume(1, wait_s)
            if found:
                found += consumer.consume(limit - 1, MORE_S)
        except KafkaException as error:
            raise self._unavailable(_trouble(error.args[0])) from error
        good = [message for message in found if self._is_news(message)]
        if not good:
            self._complain(consumer)
            return NewsBatch()
        self._trouble = None
        return self._batch(good)

    def _connect(self) -> Consumer:
        settings = {
            **self._config.librdkafka(),
            "error_cb": self._on_error,
            "on_commit": self._on_commit,
        }
        try:
            self._consumer = Consumer(settings, logger=log)
            self._consumer.subscribe([self._config.topic])
        except KafkaException as error:
            raise self._unavailable(_trouble(error.args[0])) from error
        return self._consumer

    def _on_error(self, error: KafkaError) -> None:
        """Keep what was said, but not "all brokers are down" over the reason why."""
        known = self._trouble is not None and self._trouble.advice != OTHERWISE
        if error.code() in OPERATORS or not known:
            self._trouble = _trouble(error)

    def _on_commit(self, error: KafkaError | None, _: list[TopicPartition]) -> None:
        if error is not None:
            level = logging.INFO if error.code() in LOST_PLACE else logging.WARNING
            log.log(level, "a commit was not taken, the same may come again: %s", error.str())

    def _is_news(self, message: Message) -> bool:
        """Whether it is a message; the stream's own complaints come the same way."""
        error = message.error()
        if error is None:
            return True
        self._trouble = _trouble(error)
        return False

    def _complain(self, consumer: Consumer) -> None:
        """Raise what is wrong, unless a broker proves that it no longer is."""
        if self._trouble is not None and time.monotonic() >= self._proof_due:
            self._proof_due = time.monotonic() + PROOF_S
            self._trouble = self._still_wrong(consumer, self._trouble)
        if self._trouble is not None:
            raise self._unavailable(self._trouble)

    def _still_wrong(self, consumer: Consumer, before: Trouble) -> Trouble | None:
        """Ask the brokers for our topic; what is wrong when they do not know it or not us."""
        try:
            known = consumer.list_topics(self._config.topic, timeout=PROOF_S / 2)
        except KafkaException:
            return before
        missing = known.topics[self._config.topic].error
        return None if missing is None else _trouble(missing)

    def _unavailable(self, trouble: Trouble) -> BackendUnavailableError:
        servers = ", ".join(self._config.servers)
        return BackendUnavailableError(
            f"No news by Kafka from {servers}: {trouble.words}.", advice=trouble.advice
        )

    def _batch(self, found: Sequence[Message]) -> NewsBatch:
        messages: list[tuple[Place, News | Poison]] = []
        ends: dict[tuple[str, int], int] = {}
        for message in found:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            if topic is None or partition is None or offset is None:
                continue
            ends[topic, partition] = offset + 1
            place = Place(f"{topic}/{partition}", offset, message.timestamp()[1])
            raw = message.value() or b""
            try:
                messages.append((place, self._read(raw)))
            except ValueError as wrong:
                log.warning("message %s cannot be read and is set aside: %s", place, wrong)
                messages.append((place, Poison(str(wrong), _shown(raw))))
        mark = [TopicPartition(topic, number, end) for (topic, number), end in ends.items()]
        return NewsBatch(tuple(messages), mark)


def _trouble(error: KafkaError) -> Trouble:
    return Trouble(TIMING.sub("", error.str()), OPERATORS.get(error.code(), OTHERWISE))


def _shown(raw: bytes) -> str:
    """The beginning of a message as text that a database takes."""
    return raw[:SHOWN].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
