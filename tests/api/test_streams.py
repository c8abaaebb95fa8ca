"""Server-sent events: in order, nothing twice, nothing missed, resumed, and ended in time."""

import json
import signal
import threading
import time
from contextlib import suppress

import httpx
import pytest

from running import new_house, until

STREAM = {"Accept": "text/event-stream"}


def messages(lines):
    """Messages of a stream as (id, event, data)."""
    found: dict[str, str] = {}
    for line in lines:
        if not line:
            if "event" in found:
                number = int(found["id"]) if "id" in found else None
                yield number, found["event"], json.loads(found["data"])
            found = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


def follow(house, number, *, after=None, until_event="finished", most=500):
    """Everything that a stream tells until an event of that kind."""
    headers = dict(STREAM) if after is None else {**STREAM, "Last-Event-ID": str(after)}
    found = []
    with (
        house.client(timeout=60) as http,
        http.stream("GET", f"/stage-requests/{number}/events", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        for message in messages(answer.iter_lines()):
            found.append(message)
            if message[1] == until_event or len(found) >= most:
                break
    return found


@pytest.fixture(scope="module")
def done(house):
    """A request that is followed while it is done, and what the stream told."""
    number = house.stage(house.untouched(40))["id"]
    return number, follow(house, number)


def test_events_come_in_order_and_none_is_missed(house, done):
    number, told = done
    ids = [each for each, kind, _ in told if kind != "status"]
    assert ids == list(range(1, len(ids) + 1))
    with house.client() as http:
        page = http.get(f"/stage-requests/{number}/events").json()["events"]
    assert [event for _, kind, event in told if kind != "status"] == page[: len(ids)]


def test_status_comes_with_them_and_never_goes_back(done):
    views = [data for _, kind, data in done[1] if kind == "status"]
    assert views
    online = [view["counts"]["online"] for view in views]
    assert online == sorted(online)
    assert all(sum(view["counts"].values()) == view["files"] for view in views)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_it_goes_on_where_it_was_cut(house, done, after):
    told = follow(house, done[0], after=after)
    assert next(each for each, kind, _ in told if kind != "status") == after + 1


def test_at_most_two_messages_a_second_of_a_kind(house):
    number = house.stage(house.untouched(100))["id"]
    began = time.monotonic()
    told = follow(house, number)
    took = time.monotonic() - began
    assert len([kind for _, kind, _ in told if kind == "status"]) <= 2 * took + 2


def test_the_library_is_told_when_somebody_follows(house):
    with (
        house.client(timeout=30) as http,
        http.stream("GET", "/library", headers=STREAM) as answer,
    ):
        _, kind, picture = next(messages(answer.iter_lines()))
    assert kind == "library"
    with house.client() as http:
        assert picture.keys() == http.get("/library").json().keys()


@pytest.mark.parametrize("last", ["x", "-1", "9" * 30, ""])
def test_an_odd_last_event_is_no_harm(house, done, last):
    with (
        house.client(timeout=10) as http,
        http.stream(
            "GET", f"/stage-requests/{done[0]}/events", headers={**STREAM, "Last-Event-ID": last}
        ) as answer,
    ):
        assert answer.status_code in {200, 400}


def test_streams_end_when_the_server_is_asked_to_stop():
    """With forty streams open: a restart does not hang on its readers."""
    with new_house(directories=1, files_each=4) as house:
        number = house.stage(house.paths)["id"]
        ended = []

        def read() -> None:
            with suppress(httpx.TransportError):
                follow(house, number, until_event="never")
            ended.append(time.monotonic())

        readers = [threading.Thread(target=read) for _ in range(40)]
        for reader in readers:
            reader.start()
        threading.Event().wait(2)
        web = house.pids("web")
        house.kill("web", signal.SIGTERM)
        assert until(lambda: len(ended) == len(readers), 20)
        assert until(lambda: house.pids("web") not in ([], web), 10)
        assert until(house.answers, 20)
