"""The documents of the Tape REST API, as every server spells them, into our words."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.backends.tape.wlcg_tape import wire
from waystation.backends.tape.wlcg_tape.wire import Standing
from waystation.domains.staging.entities import Residency

NAMES = "path state onDisk error files locality startedAt completedAt id requestId endpoints uri"
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6)
    ),
    max_leaves=20,
)


def seen(**told):
    """The one file of a poll."""
    body = json.dumps({"id": "x", "files": [{"path": "/a", **told}]}).encode()
    answer = wire.stage_seen(body)
    assert answer is not None
    (file,) = answer.files
    return file


@given(ANYTHING)
def test_no_answer_of_any_server_is_a_crash(told):
    body = json.dumps(told).encode()
    wire.stage_seen(body)
    wire.archive_info(body)
    wire.discovery(body)
    wire.request_id(body, "")
    wire.complaint(500, body, {})
    for entry in (wire.archive_info(body) or {}).values():
        assert wire.file_report("/a", entry).path == "/a"


@given(st.binary(max_size=60))
def test_what_is_no_json_is_no_answer(body):
    found = wire.complaint(502, body, {})
    assert found.startswith("502")
    assert len(found) <= wire.SHOWN + 4


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ({"state": "SUBMITTED"}, Standing.RUNNING),
        ({"state": "STARTED", "startedAt": 1_700_000_000_000}, Standing.RUNNING),
        ({"state": "COMPLETED"}, Standing.ONLINE),
        ({"state": "FAILED", "error": "tape"}, Standing.FAILED),
        ({"state": "FAILED"}, Standing.FAILED),
        ({"state": "CANCELLED"}, Standing.CANCELLED),
        ({"state": "CANCELED"}, Standing.CANCELLED),
        ({"state": "RECALLING_SOON"}, Standing.RUNNING),
        ({"state": "STARTED", "error": "the first try"}, Standing.RUNNING),
        ({"state": "SUBMITTED", "error": None}, Standing.RUNNING),
        ({"onDisk": False}, Standing.RUNNING),
        ({"onDisk": True}, Standing.ONLINE),
        ({"onDisk": True, "error": "an old one"}, Standing.ONLINE),
        ({"onDisk": False, "error": "no such tape"}, Standing.FAILED),
        ({"error": "scope storage.stage is missing"}, Standing.FAILED),
        ({"onDisk": False, "error": None}, Standing.RUNNING),
        ({"onDisk": False, "error": ""}, Standing.RUNNING),
        ({"onDisk": False, "state": "STARTED"}, Standing.RUNNING),
        ({}, Standing.RUNNING),
    ],
)
def test_every_spelling_of_a_files_standing(told, standing):
    assert seen(**told).standing is standing


@pytest.mark.parametrize("at", [1_763_700_000, 1_763_700_000_123, 1_763_700_000.5])
def test_moments_in_seconds_and_milliseconds_are_the_same(at):
    assert abs((seen(state="STARTED", startedAt=at).started or 0) - 1_763_700_000) < 1


@pytest.mark.parametrize("unset", [0, None, -1, True, "soon"])
def test_moments_that_are_unset_are_none(unset):
    assert seen(state="STARTED", startedAt=unset).started is None
    body = json.dumps({"files": [], "completedAt": unset}).encode()
    answer = wire.stage_seen(body)
    assert answer is not None
    assert not answer.completed


@given(st.floats(min_value=1, max_value=400 * 86_400))
def test_a_lifetime_is_whole_days_or_hours_and_never_shorter(seconds):
    text = wire.duration(seconds)
    days, hours = re.fullmatch(r"P(?:(\d+)D|T(\d+)H)", text).groups()
    told = int(days or 0) * 86_400 + int(hours or 0) * 3_600
    assert seconds <= told < seconds + 3_601


@pytest.mark.parametrize(
    ("entry", "residency", "words"),
    [
        ({"locality": "DISK"}, Residency.ONLINE, False),
        ({"locality": "TAPE"}, Residency.NEARLINE, False),
        ({"locality": "DISK_AND_TAPE", "error": None}, Residency.BOTH, False),
        ({"locality": "NONE"}, Residency.ONLINE, False),
        ({"locality": "LOST"}, Residency.LOST, True),
        ({"locality": "UNAVAILABLE"}, Residency.LOST, True),
        ({"locality": "UNAVAILABLE", "error": "pool down"}, Residency.LOST, True),
        ({"locality": "LOST", "error": "no such file"}, Residency.MISSING, True),
        ({"error": "USER ERROR: file does not exist or is not accessible"}, Residency.MISSING, 1),
        ({"error": "No such file or directory /pnfs/x"}, Residency.MISSING, True),
        ({"error": "permission denied"}, Residency.UNKNOWN, True),
        ({"locality": "IN_TRANSIT"}, Residency.UNKNOWN, True),
        ({}, Residency.UNKNOWN, True),
        (None, Residency.UNKNOWN, True),
    ],
)
def test_every_locality_has_a_word_and_doubt_is_never_missing(entry, residency, words):
    report = wire.file_report("/a", entry)
    assert report.residency is residency
    assert bool(report.words) == bool(words)


@pytest.mark.parametrize(
    ("body", "location", "number"),
    [
        (b'{"requestId": "a-b"}', "", "a-b"),
        (b'{"requestId": "a-b"}', "https://h/api/stage/c", "a-b"),
        (b"", "https://h/api/stage/c/", "c"),
        (b"{}", "/nowhere", ""),
        (b'{"requestId": 7}', "", ""),
    ],
)
def test_the_name_of_a_request_is_in_the_body_or_in_the_location(body, location, number):
    assert wire.request_id(body, location) == number


def test_the_endpoint_of_version_1_is_found_among_others():
    told = {
        "sitename": "X",
        "endpoints": [
            {"uri": "https://h/v0", "version": "v0"},
            {"uri": "https://h/v1/", "version": "v1", "metadata": {}},
            {"uri": "https://h/v10", "version": "v10"},
        ],
    }
    found = wire.discovery(json.dumps(told).encode())
    assert found == wire.Endpoint("X", "https://h/v1", ("v0", "v1", "v10"))
    told["endpoints"] = told["endpoints"][:1]
    found = wire.discovery(json.dumps(told).encode())
    assert found is not None
    assert found.uri == ""


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b'{"status": "400", "title": "Bad", "detail": "why"}', {}, "400 Bad: why"),
        (b"", {"title": "Bad Request", "detail": "File missing"}, "400 Bad Request: File missing"),
        (b"<html>gateway</html>", {}, "400 <html>gateway</html>"),
        (b'{"message": "m"}', {}, "400 m"),
        (b"", {}, "400"),
    ],
)
def test_the_words_of_an_error_are_found_wherever_they_are(body, headers, words):
    assert wire.complaint(400, body, headers) == words


def test_a_stage_request_has_files_and_nothing_beside_them():
    """DCache refuses any other key (against the reference)."""
    body = wire.stage_body(["/a", "/b"], lifetime_s=86_400, metadata={"S": {"activity": "x"}})
    assert set(body) == {"files"}
    assert body["files"][0] == {
        "path": "/a",
        "diskLifetime": "P1D",
        "targetedMetadata": {"S": {"activity": "x"}},
    }
    bare = wire.stage_body(["/a"], lifetime_s=3_600, metadata={})
    assert bare == {"files": [{"path": "/a", "diskLifetime": "PT1H"}]}
