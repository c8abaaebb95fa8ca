"""Jobs followed by their stream: each change at once, from the first to the last."""

import httpx
import psycopg
import pytest

from running import House, until
from waystation.domains.jobs.door import CHANNEL
from waystation.domains.jobs.store import claims
from waystation_client.client import Client

LIVE = {"Accept": "text/event-stream"}


def asked(node: House, *command: str, **more: object) -> int:
    with node.client() as http:
        answer = http.post("/job-requests", json={"command": [*command], **more})
        assert answer.status_code == 200, answer.text
        return answer.json()["request"]["id"]


def test_the_stream_tells_each_state_until_the_end(node):
    number = asked(node, "sleep", "1", items=["a", "b"])
    with Client(node.url, node.token) as way:
        told = list(way.jobs.follow(number, timeout_s=60))
    states = [each.state for each in told]
    assert states[-1] == "done"
    assert "running" in states
    ended = [each.done for each in told]
    assert ended == sorted(ended)
    assert ended[-1] == 2


def test_it_says_what_happened_when_it_happens(node):
    """A change is told by the stream, not found by asking from time to time."""
    number = asked(node, "sleep", "600")
    with (
        node.client(timeout=60) as http,
        http.stream("GET", f"/job-requests/{number}", headers=LIVE) as answer,
    ):
        assert answer.status_code == 200
        news = (line for line in answer.iter_lines() if line.startswith("data: "))
        assert until(lambda: '"running":1' in next(news), 30)
        assert http.post(f"/job-requests/{number}/cancel", json={}).is_success
        # Nothing is looked at but for news.
        assert any('"state":"cancelled"' in line for line in news)


def test_why_a_request_waits_is_told_once(yard):
    """It is looked at again and again; news is only what is new."""
    with psycopg.connect(yard.world.dsn, autocommit=True) as conn:
        conn.execute(f"LISTEN {CHANNEL}")
        request = yard.ask("true").id
        for words in ("It waits.", "It waits.", "It waits for something else."):
            yard.world.database.run(
                lambda on, words=words: claims.request_later(on, request, due=None, words=words)
            )
        told = [each.payload for each in conn.notifies(timeout=1)]
    assert told == [str(request)] * 2


@pytest.mark.parametrize("number", [2**40, 10**17])
def test_a_request_that_is_not_there_is_refused_before_the_stream(node, number):
    with node.client() as http:
        answer = http.get(f"/job-requests/{number}", headers=LIVE)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_nobody_follows_jobs_of_others(node):
    number = asked(node, "true")
    node.command("user", "add", "nosy")
    token = node.command("user", "token", "nosy")
    held = {"Authorization": f"Bearer {token}", **LIVE}
    answer = httpx.get(f"{node.url}/api/v1/job-requests/{number}", headers=held)
    assert answer.status_code == 404
