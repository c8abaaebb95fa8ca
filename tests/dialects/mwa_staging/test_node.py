"""A running node: the port is its own, callbacks arrive, nothing that was answered is lost."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from controllers.receivers import receiver
from dialects.mwa_staging.wire import told
from process_trees import tree
from running import STORE, House, free_port, new_house, until


def settings(port: int, receiver_port: int, **more: str) -> dict[str, str]:
    front = "WAYSTATION_DIALECTS__MWA_STAGING__"
    host = f'["127.0.0.1:{receiver_port}"]'
    return {
        f"{front}LISTEN": f"127.0.0.1:{port}",
        f"{front}NETWORKS": '["127.0.0.0/8"]',
        f"{front}ACCOUNT": "admin",
        f"{front}STORE": STORE,
        "WAYSTATION_NOTIFY__HOSTS": host,
        "WAYSTATION_NOTIFY__PLAIN_HOSTS": host,
        "WAYSTATION_NOTIFY__NETWORKS": '["127.0.0.0/8"]',
        "WAYSTATION_NOTIFY__RETRY_FIRST_S": "1",
        **more,
    }


@pytest.fixture(scope="module")
def asvo():
    with receiver() as party:
        yield party


@pytest.fixture(scope="module")
def node(asvo):
    port = free_port()
    with new_house(directories=2, files_each=20, **settings(port, asvo.port)) as house:
        house.mwa = f"http://127.0.0.1:{port}"
        yield house


def names(house: House, count: int) -> list[str]:
    return [str(Path(p).relative_to(house.site.cache)) for p in house.untouched(count)]


def test_a_job_is_told_and_gone_and_the_bytes_are_there(node, asvo):
    mine = names(node, 5)
    with httpx.Client(base_url=node.mwa, timeout=30) as http:
        body = {"job_id": 1, "files": mine, "notify_url": asvo.url()}
        answer = http.post("/staging", json=body)
        assert (answer.status_code, answer.text) == (202, "null")
        assert until(lambda: any(each["job_id"] == 1 for each in told(asvo)), 60)
        assert until(lambda: http.get("/staging?job_id=1").status_code == 404, 2)
        stats = http.get("/get_stats").json()
        assert stats["totdatasz"] > 0
        assert stats["kafka_alive"] is True
        assert http.post("/filestatus", json={"files": mine}).json() == dict.fromkeys(mine, True)
    assert node.wrong_bytes([str(node.site.cache / name) for name in mine]) == []


def test_only_this_dialect_is_answered_there_and_only_there(node):
    assert httpx.get(f"{node.mwa}/api/v1/health").status_code == 404
    assert httpx.get(f"{node.url}/get_joblist").status_code == 404


def test_m1_a_kill_of_everything_right_after_the_answer_loses_nothing(node, asvo):
    mine = names(node, 5)
    body = {"job_id": 2, "files": mine, "notify_url": asvo.url()}
    assert httpx.post(f"{node.mwa}/staging", json=body, timeout=30).status_code == 202
    node.kill("up")
    node.start()
    assert until(lambda: any(each["job_id"] == 2 for each in told(asvo)), 90), node.log[-2000:]
    (found,) = [each for each in told(asvo) if each["job_id"] == 2]
    assert (found["return_code"], found["ready_files"]) == (0, 5)


def test_a_killed_listener_comes_back(node):
    assert until(lambda: httpx.get(f"{node.mwa}/ping").is_success, 20)
    below = [p for p in tree(node.up.pid)[1:] if "mwa-staging" in p.command]
    assert below
    for each in below:
        os.kill(each.pid, signal.SIGKILL)

    def answers() -> bool:
        try:
            return httpx.get(f"{node.mwa}/ping", timeout=2).is_success
        except httpx.TransportError:
            return False

    assert until(answers, 90)
