"""The callback contract: six members, the codes, who gets the password, who is waited for."""

import base64

import pytest

from controllers.receivers import receiver
from dialects.mwa_staging.wire import PASSWORD, USER, told
from waystation.interfaces.dialects.mwa_staging import controller

A, B = "mwa/b/f/1.fits", "mwa/b/f/2.fits"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def test_code_0_all_staged(wire):
    wire.put(A, B)
    with receiver() as asvo:
        wire.new(17, A, B, url=asvo.url())
        wire.turn()
    assert told(asvo) == [
        {
            "job_id": 17,
            "return_code": 0,
            "total_files": 2,
            "ready_files": 2,
            "error_files": 0,
            "comment": "All 2 files staged successfully",
        }
    ]
    assert asvo.heard[0].headers["Authorization"] == BASIC
    assert asvo.heard[0].headers["Content-Type"] == "application/json"


def test_code_5_all_ready_or_error(wire):
    wire.put(A)
    with receiver() as asvo:
        wire.new(17, A, "mwa/none", "../out", url=asvo.url())
        wire.turn()
    words = "Out of 3 files in total, 1 were staged successfully, but 2 files had errors"
    assert told(asvo) == [
        {
            "job_id": 17,
            "return_code": 5,
            "total_files": 3,
            "ready_files": 1,
            "error_files": 2,
            "comment": words,
        }
    ]


def test_code_5_when_no_name_can_be_a_file(wire):
    with receiver() as asvo:
        assert wire.new(17, "../a", "../b", url=asvo.url()).status == 202
        wire.turn()
    (found,) = told(asvo)
    assert (found["return_code"], found["total_files"], found["error_files"]) == (5, 2, 2)


def test_code_10_timed_out(wire):
    wire.put(A, B)
    wire.world.tape.instant = False
    with receiver() as asvo:
        wire.new(17, A, B, url=asvo.url())
        wire.turn(1)
        wire.world.tape.bring(1)
        wire.turn(1)
        wire.world.clock.forward(days=2)
        wire.turn()
    (found,) = told(asvo)
    assert (found["return_code"], found["total_files"], found["ready_files"]) == (10, 2, 1)
    assert found["comment"].startswith("Job timed out after 172800 seconds. Out of 2 files in tot")


@pytest.mark.parametrize(
    ("files", "code", "comment"),
    [
        ([], 101, "No files to stage."),
        (None, 100, "Failed to get files associated with the given observation."),
    ],
)
def test_codes_100_and_101_when_the_observation_gives_nothing(wire, files, code, comment):
    """Counts are 0 for 100/101/199; no job is left behind."""
    wire.observations.known[1_234] = files
    with receiver() as asvo:
        assert wire.new(17, url=asvo.url(), obs={"obs_id": 1_234}).status == 202
        assert wire.status(17)["total_files"] == 0
        assert wire.new(17, A, url=asvo.url()).status == 403
        for _ in range(4):
            wire.turn(1)
            wire.world.clock.forward(seconds=30)
    assert told(asvo) == [
        {
            "job_id": 17,
            "return_code": code,
            "total_files": 0,
            "ready_files": 0,
            "error_files": 0,
            "comment": comment,
        }
    ]
    assert wire.call("GET", "/staging?job_id=17").status == 404


def test_early_failures_wait_two_seconds(wire):
    """From staged (100/101/199): sleep 2 s first."""
    with receiver() as asvo:
        wire.new(17, url=asvo.url(), obs={"obs_id": 1})
        controller.look_up(wire.desk)
        wire.world.clock.forward(seconds=-2)
        wire.tell()
        assert told(asvo) == []
        wire.tell()
        assert [each["return_code"] for each in told(asvo)] == [101]


def test_an_observation_becomes_a_job_of_its_files(wire):
    wire.put(A, B)
    wire.observations.known[1_234] = [A, B]
    with receiver() as asvo:
        wire.new(17, url=asvo.url(), obs={"obs_id": 1_234, "start_time": 5, "duration": 7})
        wire.turn()
    assert wire.observations.asked == [(1_234, 5, 7)]
    assert [each["total_files"] for each in told(asvo)] == [2]


def test_code_199_when_the_id_was_taken_meanwhile(wire):
    wire.put(A, B)
    wire.observations.known[1_234] = [A]
    with receiver() as asvo:
        wire.new(17, url=asvo.url(), obs={"obs_id": 1_234})
        wire.world.ask(B, external_id="mwa:17")
        wire.turn()
    codes = [each["return_code"] for each in told(asvo)]
    assert codes == [199]


def test_nothing_is_told_when_the_client_deletes(wire):
    wire.put(A)
    with receiver() as asvo:
        wire.new(17, A, url=asvo.url())
        wire.call("DELETE", "/staging?job_id=17")
        wire.turn()
    assert told(asvo) == []


def test_after_the_callback_the_job_is_gone_and_its_id_free_at_once(wire):
    """After a job's callback succeeded the MWA wire answers 404 for it; our history keeps it."""
    wire.put(A, B)
    with receiver() as asvo:
        wire.new(17, A, url=asvo.url())
        wire.world.turn()
        assert wire.status(17)["completed"]
        wire.tell()
        assert wire.call("GET", "/staging?job_id=17").status == 404
        assert wire.call("DELETE", "/staging?job_id=17").status == 404
        assert wire.new(17, B, url=asvo.url()).status == 202
        wire.turn()
    assert [each["job_id"] for each in told(asvo)] == [17, 17]
    assert wire.world.rows("SELECT count(*) FROM staging_request") == [(2,)]
    assert wire.call("GET", "/get_joblist").json() == {"jobs": {}}


@pytest.mark.parametrize("status", [201, 204])
def test_any_2xx_is_delivered(wire, status):
    wire.put(A)
    with receiver(status) as asvo:
        wire.new(17, A, url=asvo.url())
        wire.turn()
    assert len(asvo.heard) == 1
    assert wire.call("GET", "/staging?job_id=17").status == 404


@pytest.mark.parametrize("first", [500, 0, 302])
def test_a_receiver_that_fails_first_is_told_again_and_the_job_stays(wire, first):
    """Retry until it is taken; a redirect is a failure and is not followed."""
    wire.put(A)
    with receiver(first, 200) as asvo, receiver() as elsewhere:
        asvo.location = elsewhere.url()
        wire.new(17, A, url=asvo.url())
        wire.turn(1)
        assert wire.status(17)["completed"]
        assert wire.new(17, A).status == 403
        wire.world.clock.forward(seconds=600)
        wire.turn(1)
        assert elsewhere.heard == []
    assert len(asvo.heard) == 2
    assert wire.call("GET", "/staging?job_id=17").status == 404


def test_m15_a_receiver_that_hangs_delays_only_itself(wire):
    wire.put(A, B)
    with receiver(-1) as dead, receiver() as asvo:
        wire.new(17, A, url=dead.url())
        wire.new(18, B, url=asvo.url())
        wire.turn(1)
        assert [each["job_id"] for each in told(asvo)] == [18]
        assert wire.status(17)["completed"]


def test_m9_the_password_goes_to_its_own_hosts_only(wire):
    """notify_url unchecked -> the Basic password is sent to any URL a caller names."""
    wire.put(A, B)
    with receiver() as other:
        wire.new(17, A, url=other.url().replace("127.0.0.1", "localhost"))
        wire.turn()
    assert len(other.heard) == 1
    assert "Authorization" not in other.heard[0].headers
    for url in ("http://169.254.169.254/", "https://evil.example.org/", "file:///etc/passwd"):
        answer = wire.new(18, B, url=url)
        assert answer.status == 400
        assert "errormsg" in answer.json()
        assert wire.call("GET", "/staging?job_id=18").status == 404
