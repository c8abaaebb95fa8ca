"""A Kafka broker for the demonstration: noida-db, a package of our test environment."""

import importlib.util
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # its own examples do

from waystation.kernel.errors import MalformedError, UnavailableError

START_S = 20.0
STOP_S = 10.0
LOOK_S = 0.05


@contextmanager
def broker(folder: Path, topic: str) -> Iterator[str]:
    """Run one with its data in a folder and a topic in it; where it answers, `host:port`.

    Raises:
        MalformedError: no broker is installed.
        UnavailableError: it does not start.
    """
    folder.mkdir(parents=True)
    port = _free_port()
    # It answers empty fetches at once, and is asked again: it shall not stand in others' way.
    command = [
        *("nice", "-n", "10"),
        *(str(_program()), "start", "--only", "kafka", "--host", "127.0.0.1"),
        *("--kafka-port", str(port), "--data-dir", str(folder)),
    ]
    log_file = folder.with_suffix(".log")
    with log_file.open("ab") as log:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
    try:
        _await(child, port, log_file)
        _make_topic(f"127.0.0.1:{port}", topic)
        yield f"127.0.0.1:{port}"
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_S)
        if child.poll() is None:
            child.kill()
            child.wait()


def _program() -> Path:
    found = importlib.util.find_spec("noida_db")
    if found is None or found.origin is None:
        raise MalformedError(
            "ScoutAM sends its news by Kafka, and no broker is installed here.",
            advice="Run `make demo FACE=scoutam` in a checkout, or pip install noida-db.",
        )
    return Path(found.origin).with_name("noida-db")


def _await(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    pause = threading.Event()
    for _ in range(int(START_S / LOOK_S)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if child.poll() is not None:
            break
        pause.wait(LOOK_S)
    last = log.read_text(errors="replace").strip().rpartition("\n")[2]
    raise UnavailableError(f"The broker does not start: {last}", advice=f"Look into {log}.")


def _make_topic(servers: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": servers})  # kept until the answer is there
    try:
        admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(START_S)
    except KafkaException as error:
        raise UnavailableError(f"The broker makes no topic: {error}") from error


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
