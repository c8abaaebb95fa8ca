"""The SDK against a real server: retries, lost answers, errors, and following to the end."""

import json
from typing import Any

import pytest

from unit.client.api_server import TOKEN, World, request_document
from waystation_client import Client, errors
from waystation_client.entities import Event
from waystation_client.following import Follower
from waystation_client.news import StageNews
from waystation_client.retrying import Backoff

QUICK = Backoff(attempts=4, first_s=0.001, most_s=0.002)


def client(world: World, token: str = TOKEN) -> Client:
    return Client(world.url, token, timeout_s=5, backoff=QUICK)


def event(seq: int, **changed: Any) -> dict[str, Any]:
    known = {"kind": "online", "count": 2, "bytes": 9, "ranges": [[1, 2]], "words": "read"}
    return {"seq": seq, "at": "2026-11-21T04:01:00Z", **known, **changed}


def message(kind: str, document: dict[str, Any]) -> bytes:
    return (
        f"id: {document.get('seq', '')}\nevent: {kind}\ndata: {json.dumps(document)}\n\n".encode()
    )


def test_busy_and_broken_connections_are_tried_again(world):
    world.troubles = ["503", "drop", "503"]
    with client(world) as way:
        assert way.request(7).why == "tape A1 is third in the queue"
    assert world.times_asked()["GET", "stage-requests/7"] == 4


def test_patience_ends(world):
    world.troubles = ["503"] * 9
    with client(world) as way, pytest.raises(errors.UnavailableError) as caught:
        way.request(7)
    assert caught.value.status == 503
    assert len(world.asked) == 4


def test_a_lost_answer_to_a_stage_makes_no_second_request(world):
    world.troubles = ["drop", "drop"]
    with client(world) as way:
        taken = way.stage([f"/a/{n}" for n in range(10_000)], label="run 7")
    assert (taken.id, taken.files) == (7, 10_000)
    assert len(world.bodies) == 3
    assert len(world.by_external_id) == 1
    assert all(len(body["paths"]) == 10_000 for body in world.bodies)


def test_asking_for_a_retry_is_not_repeated_by_itself(world):
    world.troubles = ["503"]
    with client(world) as way, pytest.raises(errors.UnavailableError):
        way.retry(7)
    assert len(world.asked) == 1


@pytest.mark.parametrize(
    ("path", "token", "kind"),
    [(8, TOKEN, errors.NotFoundError), (7, "way_1_wrong", errors.UnauthenticatedError)],
)
def test_a_refusal_is_of_its_own_kind_and_says_what_to_do(world, path, token, kind):
    with client(world, token) as way, pytest.raises(kind) as caught:
        way.request(path)
    assert caught.value.next_step == "Do this next."
    assert len(world.asked) == 1


def test_a_large_recall_brings_its_estimate(world):
    world.confirm_above = 3
    with client(world) as way, pytest.raises(errors.ConfirmNeededError) as caught:
        way.stage(["/a", "/b", "/c", "/d"])
    assert caught.value.facts["estimate"]["files"] == 4


def test_no_one_there_is_said_plainly():
    once = Backoff(attempts=1)
    with (
        Client("http://127.0.0.1:9", "t", backoff=once) as way,
        pytest.raises(errors.UnavailableError, match="Cannot reach") as caught,
    ):
        way.whoami()
    assert caught.value.code == "unavailable"


def test_an_answer_from_another_kind_of_server_is_no_traceback(world):
    world.answers["whoami"] = ["something", "else"]
    with client(world) as way, pytest.raises(errors.WaystationError, match="cannot be read"):
        way.whoami()


def test_following_goes_on_where_a_broken_stream_stopped(world):
    done = request_document(state="complete", finished="2026-11-21T05:00:00Z", last_event=5)
    world.events = [event(3), event(4)]
    world.streams = [
        b": alive\n\n" + message("online", event(3)),
        message("online", event(5)) + message("status", done),
    ]
    with client(world) as way:
        news = list(Follower(StageNews(way, 7), pause=lambda _: None))
    assert [n.seq for n in news if isinstance(n, Event)] == [3, 4, 5]
    assert news[-1].state == "complete"


def test_without_streams_it_asks_and_asks_less_often(world):
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            world.request = request_document(state="partial")

    with client(world) as way:
        news = list(Follower(StageNews(way, 7), pause=pause))
    assert news[-1].state == "partial"
    assert pauses == sorted(pauses)
    assert max(pauses) == 15.0


def test_following_stops_when_its_time_is_over(world):
    clock = iter(range(0, 10_000, 40))
    with client(world) as way:
        news = Follower(
            StageNews(way, 7),
            timeout_s=100,
            pause=lambda _: None,
            monotonic=lambda: next(clock),
        )
        with pytest.raises(errors.TimedOutError) as caught:
            list(news)
    assert "way status 7 --follow" in caught.value.next_step
