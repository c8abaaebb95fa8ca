"""What a server of the WLCG Tape REST API v1 has to keep; each test says which rule."""

import json
import uuid

import pytest

from dialects.wlcg_tape.wire import BASE, HOST, PREFIX, Wire, prefixed
from waystation.domains.accounts.door import Scope
from waystation.interfaces.dialects.wlcg_tape.routes import BASE as AT
from waystation.interfaces.dialects.wlcg_tape.routes import DISCOVERY

UNKNOWN = "7f7917df-bd33-4bec-bfd0-2ee0e7c426c5"


def test_discovery_names_one_endpoint_for_the_version(wire):
    answer = wire.call("GET", DISCOVERY, token=None)
    assert answer.status == 200
    told = answer.json()
    assert told["sitename"] == "test-site"
    assert told["endpoints"] == [{"uri": BASE, "version": "v1", "metadata": {}}]


def test_discovery_leads_through_the_proxy_in_front(world):
    wire = Wire(world, url="https://stage.example.org/")
    told = wire.call("GET", DISCOVERY, token=None).json()
    assert told["endpoints"][0]["uri"] == f"https://stage.example.org{AT}"
    wire.close()


def test_discovery_does_not_echo_a_host_that_is_none(wire):
    answer = wire.call("GET", DISCOVERY, token=None, headers={"host": 'x"><script>'})
    assert answer.status == 400


@pytest.mark.parametrize("slash", ["", "/"])
def test_both_slash_forms(wire, slash):
    wire.world.put("T1", "a")
    body = {"files": [{"path": f"{PREFIX}/a"}]}
    made = wire.call("POST", f"{AT}/stage{slash}", body)
    assert made.status == 201
    number = made.json()["requestId"]
    assert wire.call("GET", f"{AT}/stage/{number}{slash}").status == 200
    paths = {"paths": [f"{PREFIX}/a"]}
    for call in (f"stage/{number}/cancel", f"release/{number}", "archiveinfo"):
        assert wire.call("POST", f"{AT}/{call}{slash}", paths).status == 200
    assert wire.call("DELETE", f"{AT}/stage/{number}{slash}").status == 200


def test_201_has_id_and_location_and_ids_are_uuids(wire):
    answer = wire.call("POST", f"{AT}/stage", {"files": [{"path": f"{PREFIX}/a"}]})
    number = answer.json()["requestId"]
    assert uuid.UUID(number).version == 4
    assert answer.headers["location"] == f"{BASE}/stage/{number}"
    assert answer.status == 201


def test_every_path_is_in_the_very_first_answer(wire):
    sent = [f"{PREFIX}/f{n}" for n in range(300)] + ["/elsewhere/x", f"{PREFIX}/../x", "", "rel"]
    files = wire.poll(wire.stage(*sent))["files"]
    assert [each["path"] for each in files] == sent


def test_a_bad_path_fails_by_itself_and_says_why(wire):
    wire.world.put("T1", "a")
    bad = ["/elsewhere/x", f"{PREFIX}/../etc/passwd", f"{PREFIX}/%2e%2e/x", f"{PREFIX}/%00", ""]
    number = wire.stage(f"{PREFIX}/a", *bad)
    wire.world.turn()
    files = wire.files(number)
    assert files[f"{PREFIX}/a"]["state"] == "COMPLETED"
    for path in bad:
        assert files[path]["state"] == "FAILED"
        assert files[path]["error"]


def test_a_request_of_bad_paths_only_is_over_at_once(wire):
    told = wire.poll(wire.stage("/elsewhere/x"))
    assert told["files"][0]["state"] == "FAILED"
    assert told["completedAt"] == told["createdAt"]


def test_paths_are_sanitised_and_echoed_as_sent(wire):
    wire.world.put("T1", "dir/a b")
    sent = ["//arc///dir//a b", "/arc/dir/a%20b", "arc/dir/a b"]
    number = wire.stage(*sent)
    wire.world.turn()
    assert wire.files(number).keys() == set(sent)
    assert set(wire.states(number)) == {"COMPLETED"}
    assert [row[3] for row in wire.pins()] == [1], "one file however it is spelled"


def test_a_name_that_really_has_an_escape_in_it_is_found(wire):
    wire.world.put("T1", "odd%20name", "plain name")
    number = wire.stage(f"{PREFIX}/odd%20name", f"{PREFIX}/plain%20name")
    wire.world.turn()
    assert wire.states(number) == ["COMPLETED", "COMPLETED"]
    assert wire.localities(f"{PREFIX}/odd%20name", f"{PREFIX}/none%20here") == [
        "DISK_AND_TAPE",
        "No such file or directory.",
    ]


def test_states_from_submitted_to_completed_in_seconds_and_without_nulls(wire):
    wire.world.tape.instant = False
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a")
    began = int(wire.world.clock.now().timestamp())
    assert wire.poll(number) == {
        "id": number,
        "createdAt": began,
        "startedAt": began,
        "files": [{"path": f"{PREFIX}/a", "state": "SUBMITTED"}],
    }
    wire.world.turn(6)
    assert wire.states(number) == ["STARTED"]
    wire.world.tape.instant = True
    wire.world.tape.bring()
    wire.world.turn()
    told = wire.poll(number)
    assert told["files"][0]["state"] == "COMPLETED"
    assert began < told["files"][0]["finishedAt"] == told["completedAt"] < began + 1_000


def test_trouble_that_is_tried_again_is_no_error_yet(wire):
    """To gfal2 any `error`, even null, is the end of the file."""
    wire.world.put("T1", "a")
    wire.world.tape.bad["/arc/a"] = "the drive spat it out"
    number = wire.stage(f"{PREFIX}/a")
    wire.world.turn(6)
    assert "error" not in wire.files(number)[f"{PREFIX}/a"]


def test_cancelled_is_told_as_failed_with_words(wire):
    """gfal2 knows CANCELED with one L only and takes CANCELLED for an unknown state."""
    wire.world.put("T1", "a", "b")
    number = wire.stage(f"{PREFIX}/a", f"{PREFIX}/b")
    assert wire.post(f"stage/{number}/cancel", f"{PREFIX}/a").body == b""
    assert wire.files(number)[f"{PREFIX}/a"]["state"] == "FAILED"
    assert wire.files(number)[f"{PREFIX}/a"]["error"] == "Cancelled."
    wire.world.turn()
    assert wire.states(number) == ["FAILED", "COMPLETED"]


def test_cancel_with_a_foreign_path_does_nothing(wire):
    wire.world.put("T1", "a", "b")
    number = wire.stage(f"{PREFIX}/a")
    answer = wire.post(f"stage/{number}/cancel", f"{PREFIX}/a", f"{PREFIX}/b")
    assert answer.status == 400
    assert "File missing from stage request" in answer.json()["title"]
    wire.world.turn()
    assert wire.states(number) == ["COMPLETED"]


def test_cancel_of_what_is_over_is_no_error(wire):
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a")
    wire.world.turn()
    assert wire.post(f"stage/{number}/cancel", f"{PREFIX}/a").status == 200
    assert wire.states(number) == ["COMPLETED"]


def test_cancel_takes_any_spelling(wire):
    wire.world.put("T1", "a b")
    number = wire.stage(f"{PREFIX}/a%20b")
    assert wire.post(f"stage/{number}/cancel", "//arc/a b").status == 200
    assert wire.states(number) == ["FAILED"]


def test_delete_cancels_releases_and_forgets(wire):
    wire.world.put("T1", "a", "b")
    number = wire.stage(f"{PREFIX}/a")
    wire.world.turn()
    other = wire.stage(f"{PREFIX}/a", f"{PREFIX}/b")
    for each in (number, other):
        answer = wire.call("DELETE", f"{AT}/stage/{each}")
        assert (answer.status, answer.body) == (200, b"")
        for verb in ("GET", "DELETE"):
            assert wire.call(verb, f"{AT}/stage/{each}").status == 404
        assert wire.post(f"stage/{each}/cancel", f"{PREFIX}/a").status == 404
        assert wire.post(f"release/{each}", f"{PREFIX}/a").status == 200
    wire.world.turn()
    states = [wire.world.states(n) for n in (1, 2)]
    assert states == [["released"], ["cancelled", "cancelled"]]
    assert wire.world.tape.released == ["/arc/a"]


def test_release_gives_back_these_pins_and_no_others(wire):
    wire.world.put("T1", "a b", "c")
    number = wire.stage(f"{PREFIX}/a%20b", f"{PREFIX}/c")
    wire.world.turn()
    answer = wire.post(f"release/{number}", f"{PREFIX}/a%20b", "/not/mine")
    assert (answer.status, answer.body) == (200, b"")
    assert wire.world.tape.released == ["/arc/a b"]
    assert wire.states(number) == ["COMPLETED", "COMPLETED"]


@pytest.mark.parametrize("number", ["gfal2-placeholder-id", UNKNOWN])
def test_release_has_no_404(wire, number):
    assert wire.post(f"release/{number}", f"{PREFIX}/a").status == 200


@pytest.mark.parametrize("number", ["1", "none", UNKNOWN])
def test_unknown_ids_are_404_elsewhere(wire, number):
    assert wire.call("GET", f"{AT}/stage/{number}").status == 404
    assert wire.call("DELETE", f"{AT}/stage/{number}").status == 404
    assert wire.post(f"stage/{number}/cancel", "/a").status == 404


def test_somebody_elses_request_is_not_there(wire):
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a")
    ben = {"token": wire.token_of(wire.world.ben)}
    assert wire.call("GET", f"{AT}/stage/{number}", **ben).status == 404
    assert wire.call("DELETE", f"{AT}/stage/{number}", **ben).status == 404
    body = {"paths": [f"{PREFIX}/a"]}
    assert wire.call("POST", f"{AT}/release/{number}", body, **ben).status == 200
    wire.world.turn()
    assert wire.states(number) == ["COMPLETED"]


def test_a_file_on_disk_already_is_not_refused(wire):
    wire.on_disk("a")
    number = wire.stage(f"{PREFIX}/a")
    wire.world.turn()
    assert wire.states(number) == ["COMPLETED"]


def test_a_file_that_is_nowhere_fails_at_the_poll(wire):
    number = wire.stage(f"{PREFIX}/nowhere")
    wire.world.turn()
    file = wire.files(number)[f"{PREFIX}/nowhere"]
    assert (file["state"], file["error"]) == (
        "FAILED",
        "The tape system knows no such file.",
    )


def test_duplicates_are_folded(wire):
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a", f"{PREFIX}/a", f"{PREFIX}/a")
    assert len(wire.poll(number)["files"]) == 1


def test_unknown_members_are_passed_over(wire):
    body = {
        "files": [{"path": f"{PREFIX}/a", "checksum": None, "targetedMetadata": [1]}],
        "priority": {"x": 1},
    }
    assert wire.call("POST", f"{AT}/stage", body).status == 201


def test_metadata_of_this_site_before_that_of_everybody(wire):
    more = {"default": {"activity": "Everybody"}, "other-site": {"activity": "Other"}}
    wire.stage(f"{PREFIX}/a", targetedMetadata=more)
    wire.stage(f"{PREFIX}/b", targetedMetadata={**more, "test-site": {"priority": 9}})
    wire.stage(f"{PREFIX}/c", targetedMetadata={"other-site": {"activity": "Other"}})
    wire.stage(f"{PREFIX}/d", targetedMetadata=None)
    assert [row[1:3] for row in wire.pins()] == [("Everybody", 4), ("", 9), ("", 4), ("", 4)]


def test_lifetimes_and_stores_make_requests_of_their_own(wire):
    wire.stores("more")
    files = [
        {"path": "/arc/a", "diskLifetime": "P1D"},
        {"path": "/arc/b", "diskLifetime": "P1M"},
        {"path": "/more/c", "diskLifetime": "P1D"},
        {"path": "/arc/d"},
    ]
    answer = wire.call("POST", f"{AT}/stage", {"files": files})
    number = answer.json()["requestId"]
    assert [row[0] for row in wire.pins()] == [86_400, 2_629_746, 86_400, 604_800]
    assert list(wire.files(number)) == [file["path"] for file in files]


def test_prefixes_of_the_settings(world):
    world.put("T1", "deep/a", "b")
    rows = (
        prefixed("/pnfs/x", "/arc/deep"),
        prefixed("/pnfs", "/arc"),
        prefixed("/no", "/", "gone"),
    )
    wire = Wire(world, prefixes=rows)
    sent = ("/pnfs/x/a", "/pnfs/b", "/no/c", "/arc/b", "/pnfsx/a")
    number = wire.stage(*sent)
    world.turn()
    assert wire.states(number) == ["COMPLETED", "COMPLETED", "FAILED", "FAILED", "FAILED"]
    wire.close()


def test_with_one_store_its_own_paths_mean_themselves(wire):
    wire.world.put("T1", "a")
    number = wire.stage("/arc/a")
    wire.world.turn()
    assert wire.states(number) == ["COMPLETED"]


def test_who_may_what(wire):
    reader = {"token": wire.token_of(wire.world.ana, Scope.READ)}
    stager = {"token": wire.token_of(wire.world.ana, Scope.STAGE)}
    number = wire.stage(f"{PREFIX}/a")
    reads = [("GET", f"stage/{number}", None), ("POST", "archiveinfo", {"paths": []})]
    writes = [
        ("POST", "stage", {"files": [{"path": "/a"}]}),
        ("POST", f"stage/{number}/cancel", {"paths": []}),
        ("POST", f"release/{number}", {"paths": []}),
        ("DELETE", f"stage/{number}", None),
    ]
    for verb, call, body in reads:
        assert wire.call(verb, f"{AT}/{call}", body, **reader).status == 200
        assert wire.call(verb, f"{AT}/{call}", body, **stager).status == 403
    for verb, call, body in writes:
        assert wire.call(verb, f"{AT}/{call}", body, **reader).status == 403
    for verb, call, body in reads + writes:
        assert wire.call(verb, f"{AT}/{call}", body, token=None).status == 401
        assert wire.call(verb, f"{AT}/{call}", body, token="way_1_no").status == 401


def test_403_comes_before_400(wire):
    reader = {"token": wire.token_of(wire.world.ana, Scope.READ)}
    assert wire.call("POST", f"{AT}/stage", b"{", **reader).status == 403
    assert wire.call("POST", f"{AT}/stage", b"{").status == 400


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"files": []}', b'{"files": [{}]}', b'{"files": [{"path": 1}]}']
)
def test_a_body_that_is_none_is_400_in_words(wire, body):
    answer = wire.call("POST", f"{AT}/stage", body)
    problem = answer.json()
    assert answer.status == 400
    assert problem["status"] == 400, "a number, not text"
    assert problem["title"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_zero_byte_is_refused_before_anything_is_staged(wire):
    body = {"files": [{"path": f"{PREFIX}/a"}, {"path": "\0"}]}
    assert wire.call("POST", f"{AT}/stage", body).status == 400
    assert wire.pins() == []


def test_wrong_verbs_and_calls_are_ours_to_refuse(wire):
    assert wire.call("PUT", f"{AT}/stage").status == 405
    assert wire.call("GET", f"{AT}/archiveinfo").status == 405
    assert wire.call("GET", f"{AT}/nothing").status == 404
    assert wire.call("GET", AT).status == 404
    assert wire.call("GET", f"{AT}0/stage").body == b"Django"


def test_a_poll_during_a_restart_of_the_database_is_late_and_not_refused(wire):
    wire.world.put("T1", "a")
    number = wire.stage(f"{PREFIX}/a")
    for _ in range(3):
        wire.kill_connections()
        assert wire.states(number) == ["SUBMITTED"]


def test_answers_are_not_kept_by_anybody(wire):
    answer = wire.call("GET", f"{AT}/stage/{wire.stage('/arc/a')}")
    assert answer.headers["cache-control"] == "no-store"
    assert HOST not in json.dumps(answer.json())
