"""Mail and Kafka couriers against a relay that speaks SMTP and a real broker."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import Consumer

from real.kafka_broker import Noida, free_port, make_topic
from waystation.backends.courier.kafka import Kafka, KafkaConfig
from waystation.backends.courier.mail import Mail, MailConfig
from waystation.domains.notify.entities import Kind, Letter, Parcel
from waystation.domains.notify.errors import DeliveryError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def parcel(kind: Kind, target: str, subject: str = "stage request 7: complete") -> Parcel:
    letter = Letter('{"state":"complete"}', subject=subject)
    return Parcel(7, kind, target, 1, letter, 0, NOW, NOW + timedelta(days=1))


# ------------------------------------------------------------------------------------------ mail


@contextmanager
def relay(answer: str = "250 taken") -> Iterator[tuple[int, list[str]]]:
    """A mail relay that answers this to a message; its port and the messages that it took."""
    taken: list[str] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 relay")
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "DATA":
                    self.say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), ".")
                    taken.append("\n".join(lines))
                    self.say(answer)
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 relay")

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield server.server_address[1], taken
        server.shutdown()
        thread.join()


def mail(port: int) -> Mail:
    config = MailConfig("127.0.0.1", port, "way@example.org", ("example.org",), False, 5.0)
    return Mail(config)


def test_a_mail_is_taken_with_its_id():
    with relay() as (port, taken):
        mail(port).deliver(parcel(Kind.MAIL, "ann@example.org"))
    (text,) = taken
    assert "To: ann@example.org" in text
    assert "Subject: stage request 7: complete" in text
    assert "Message-ID: <delivery-7@example.org>" in text
    assert '{"state":"complete"}' in text


def test_a_label_cannot_write_headers():
    with relay() as (port, taken):
        mail(port).deliver(parcel(Kind.MAIL, "ann@example.org", "x\r\nBcc: all@example.org"))
    assert "\nBcc:" not in taken[0]


@pytest.mark.parametrize(
    "address",
    [
        "ann@elsewhere.org",
        "ann",
        "a@example.org, b@example.org",
        "<a@example.org>",
        "a\n@example.org",
    ],
)
def test_mail_goes_to_allowed_addresses_only(address):
    assert mail(25).objection(address)
    assert mail(25).objection("ann@Example.org") is None


def test_a_relay_that_refuses_is_heard():
    with relay("452 full") as (port, _), pytest.raises(DeliveryError) as caught:
        mail(port).deliver(parcel(Kind.MAIL, "ann@example.org"))
    assert "452" in caught.value.sentence
    assert caught.value.reached


def test_a_relay_that_is_away_is_not_reached():
    with pytest.raises(DeliveryError) as caught:
        mail(free_port()).deliver(parcel(Kind.MAIL, "ann@example.org"))
    assert not caught.value.reached


# ----------------------------------------------------------------------------------------- kafka


def kafka(servers: str, timeout_s: float = 10.0) -> Kafka:
    return Kafka(KafkaConfig({"bootstrap.servers": servers}, ("told",), timeout_s))


def test_a_message_arrives_with_its_id(tmp_path):
    with Noida(tmp_path) as broker:
        make_topic({"bootstrap.servers": broker.servers}, "told", 1)
        kafka(broker.servers).deliver(parcel(Kind.KAFKA, "told"))
        reader = Consumer(
            {
                "bootstrap.servers": broker.servers,
                "group.id": "test",
                "auto.offset.reset": "earliest",
            }
        )
        reader.subscribe(["told"])
        message = reader.poll(30)
        reader.close()
    assert message is not None
    assert message.error() is None
    assert message.value() == b'{"state":"complete"}'
    assert message.headers() == [("waystation-delivery", b"7")]


def test_topics_that_are_not_named_are_refused():
    assert kafka("127.0.0.1:1").objection("elsewhere")
    assert kafka("127.0.0.1:1").objection("told") is None


def test_a_broker_that_is_away_is_not_reached():
    with pytest.raises(DeliveryError) as caught:
        kafka(f"127.0.0.1:{free_port()}", 1.0).deliver(parcel(Kind.KAFKA, "told"))
    assert not caught.value.reached
