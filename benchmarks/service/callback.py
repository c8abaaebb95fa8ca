"""From the last message of the tape system to the callback: how long the portal waits.

A real broker, the steps as the worker runs them (a thread each, woken by the database), and an
HTTP receiver. Goal: 0.5 s. Beside it: mwa_staging looked once a minute.
"""

import ipaddress
import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from benchmarks.house import database
from benchmarks.say import figure
from benchmarks.service.kafka import TOPIC, broker

REQUESTS, FILES, LARGE = 20, 10, 20_000
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
PATIENCE_S = 60.0


def main() -> None:
    sys.path.append(str(Path(__file__).parents[2] / "tests"))
    from controllers.receivers import receiver

    with (
        database() as (house, dsn),
        tempfile.TemporaryDirectory(prefix="ws-callback-") as scratch,
        broker(Path(scratch)) as servers,
        receiver() as portal,
        _worker(house, dsn, servers) as desk,
    ):
        _wait_s(desk, servers, portal, 1)  # joins the group, connects everywhere
        waits = sorted(_wait_s(desk, servers, portal, FILES) for _ in range(REQUESTS))
        what = f"last message to callback, {FILES} files, median of {REQUESTS}"
        figure(what, statistics.median(waits), "<=", 0.5, "s", peer="up to 60 s")
        figure("  longest", waits[-1], None, None, "s")
        wait = _wait_s(desk, servers, portal, LARGE)
        figure(f"  last message to callback, {LARGE:,} files", wait, None, None, "s")


@contextmanager
def _worker(house, dsn: str, servers: str):
    """The steps of staging, news and notify, with a tape system that brings files when told."""
    from waystation.backends.courier.webhook import Webhook, WebhookConfig
    from waystation.backends.news.kafka.config import KafkaConfig
    from waystation.backends.news.kafka.consumer import KafkaNews
    from waystation.backends.tape.scoutam.news import read
    from waystation.controllers.runner import Runner, Step
    from waystation.controllers.wakeup import Listener
    from waystation.domains.accounts.door import Accounts
    from waystation.domains.catalogue.door import Catalogue
    from waystation.domains.notify.door import Desk, Kind, Pace, own
    from waystation.domains.notify.door import steps as notify
    from waystation.domains.staging.controller import hear
    from waystation.domains.staging.controller.post import Post
    from waystation.domains.staging.door import Staging, steps
    from waystation.domains.staging.rules import Rules
    from waystation.kernel.clock import SystemClock
    from waystation.kernel.hosts import AllowedHosts
    from waystation.kernel.waking import WORK_CHANNEL
    from waystation_testing.memory_tape import MemoryTape

    clock, tape = SystemClock(), MemoryTape(instant=False)
    hosts = AllowedHosts(("127.0.0.1:*",), LOOPBACK, ("127.0.0.1:*",))
    rules = Rules(callbacks=hosts.objection)
    staging = Staging(house, clock, Catalogue(house, clock), {"mem": tape}, rules)
    post = Post("mem", "memory", tape, house, clock, rules)
    news = KafkaNews(KafkaConfig((servers,), TOPIC, f"b-{time.time_ns()}", tls=False), read)
    webhook = Webhook(WebhookConfig(hosts), clock, lambda _: "secret")
    desk = Desk(house, clock, {Kind.WEBHOOK: webhook}, {"": own}, Pace())
    rows = [*steps(post), *hear.steps(post, news), *notify(desk)]
    runner = Runner([Step(*row) for row in rows])
    listener = Listener(dsn, (WORK_CHANNEL,), lambda _, name: runner.wake(name))
    runner.start()
    listener.start()
    who = Accounts(house, clock).by_name("bench")
    try:
        yield staging, tape, who, house
    finally:
        runner.stop()
        listener.stop()
        news.close()


def _wait_s(desk, servers: str, portal, files: int) -> float:
    """Stage files of a new request, send their news, and time from the last to the callback."""
    from real.kafka_broker import produce, scout_message
    from waystation.domains.staging.door import Ask
    from waystation.domains.staging.entities import Residency
    from waystation.kernel.database import Statement

    staging, tape, who, house = desk
    name = time.time_ns()
    paths = [tape.put(f"/archive/{name}/{n}", position=n) for n in range(files)]
    request = staging.submit(who, Ask(paths, "archive", callback=portal.url())).request.id
    sent = Statement("SELECT n_recalling FROM staging_request WHERE id = %(id)s", {"id": request})
    _until(lambda: house.rows(sent)[0]["n_recalling"] == files)
    for path in paths:
        tape.set(path, Residency.BOTH)
    heard = len(portal.heard)
    *most, last = [scout_message(path) for path in paths]
    client = {"bootstrap.servers": servers}
    produce(client, TOPIC, most)
    came = Statement("SELECT n_online FROM staging_request WHERE id = %(id)s", {"id": request})
    _until(lambda: house.rows(came)[0]["n_online"] == files - 1)
    began = time.monotonic()
    produce(client, TOPIC, [last])
    _until(lambda: len(portal.heard) > heard, every=0.002)
    return time.monotonic() - began


def _until(condition, *, every: float = 0.02) -> None:
    pause, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        pause.wait(every)


if __name__ == "__main__":
    main()
