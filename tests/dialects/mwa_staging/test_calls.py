"""Every call with its shapes; each names its line of the contract (tape-shims, 1B)."""

import pytest

from crash.world import ROOT
from waystation.domains.staging.entities import Residency

A, B, C = "mwa/b/f/1.fits", "mwa/b/f/2.fits", "mwa/b/f/3.fits"


@pytest.mark.parametrize("slash", ["", "/"])
def test_every_path_exists_with_and_without_a_slash(wire, slash):
    """Every path exists with and without trailing `/` (no redirect)."""
    wire.put(A)
    calls = [
        ("POST", f"/staging{slash}", {"job_id": 1, "files": [A], "notify_url": ""}, 202),
        ("GET", f"/staging{slash}?job_id=1", None, 200),
        ("DELETE", f"/staging{slash}?job_id=1", None, 200),
        ("GET", f"/ping{slash}", None, 200),
        ("GET", f"/get_stats{slash}", None, 200),
        ("GET", f"/get_joblist{slash}", None, 200),
        ("GET", f"/get_failed_joblist{slash}", None, 200),
        ("GET", f"/get_failed_job{slash}?job_id=1", None, 404),
        ("POST", f"/filestatus{slash}", {"files": [A]}, 200),
        ("POST", f"/v1/security/login{slash}", {"acct": "a", "pass": "b"}, 200),
        ("GET", f"/v1/file{slash}?path=x", None, 403),
    ]
    for method, path, body, status in calls:
        assert (path, wire.call(method, path, body).status) == (path, status)


def test_a_job_from_beginning_to_end(wire):
    """GET /staging: eight members; include_files gives [ready, error, readytime or null]."""
    wire.put(A, B)
    answer = wire.new(17, A, B, url="")
    assert (answer.status, answer.body) == (202, b"null")
    assert answer.headers["content-type"] == "application/json"
    made = int(wire.world.clock.now().timestamp())
    assert wire.status(17) == {
        "job_id": 17,
        "created": made,
        "completed": False,
        "total_files": 2,
        "ready_files": 0,
        "error_files": 0,
        "last_readytime": 0,
        "files": {},
    }
    waiting = wire.status(17, files=True)["files"]
    assert waiting == {A: [False, False, None], B: [False, False, None]}
    wire.turn()
    found = wire.status(17, files=True)
    assert (found["completed"], found["ready_files"]) == (True, 2)
    last = found["last_readytime"]
    assert made < last <= int(wire.world.clock.now().timestamp())
    assert found["files"] == {A: [True, False, last], B: [True, False, last]}


def test_errors_are_counted_and_listed(wire):
    wire.put(A)
    wire.new(17, A, "mwa/none", url="")
    wire.turn()
    found = wire.status(17, files=True)
    assert (found["total_files"], found["ready_files"], found["error_files"]) == (2, 1, 1)
    assert found["files"]["mwa/none"][:2] == [False, True]


def test_an_id_that_exists_is_403_whether_ended_or_not(wire):
    wire.put(A)
    assert wire.new(17, A, url="").status == 202
    again = wire.new(17, A, url="")
    assert again.status == 403
    assert again.json() == {"errormsg": "Can't create job 17, because it already exists."}
    wire.turn()
    assert wire.new(17, A, url="").status == 403


def test_neither_files_nor_an_observation_is_400(wire):
    answer = wire.new(17)
    assert answer.status == 400
    assert answer.json() == {
        "errormsg": "Error for job 17: Must specify either an observation, or a list of files"
    }


def test_a_job_that_is_not_there_is_404(wire):
    for method in ("GET", "DELETE"):
        answer = wire.call(method, "/staging?job_id=5")
        assert (answer.status, answer.json()) == (404, {"errormsg": "Job 5 not found"})


def test_delete_answers_null_and_frees_the_id(wire):
    wire.put(A)
    wire.new(17, A)
    answer = wire.call("DELETE", "/staging?job_id=17")
    assert (answer.status, answer.body) == (200, b"null")
    assert wire.call("GET", "/staging?job_id=17").status == 404
    assert wire.new(17, A).status == 202


def test_what_does_not_fit_is_422_as_fastapi_says_it(wire):
    """422 = FastAPI `{"detail":[{type,loc,msg,input}]}`."""
    assert wire.call("GET", "/staging").json() == {
        "detail": [
            {
                "type": "missing",
                "loc": ["query", "job_id"],
                "msg": "Field required",
                "input": None,
            }
        ]
    }
    wrong = wire.call("GET", "/staging?job_id=x")
    assert wrong.status == 422
    assert wrong.json()["detail"][0]["type"] == "int_parsing"
    nothing = wire.call("POST", "/staging", {"files": [A]})
    assert [each["loc"] for each in nothing.json()["detail"]] == [
        ["body", "job_id"],
        ["body", "notify_url"],
    ]
    keyless = wire.call("POST", "/staging", {"job_id": 1, "notify_url": "", "obs": {}})
    assert keyless.json()["detail"][0]["loc"] == ["body", "obs", "obs_id"]
    broken = wire.call("POST", "/staging", b"{")
    assert broken.json()["detail"][0]["type"] == "json_invalid"
    assert wire.call("POST", "/staging", b"[]").status == 422
    assert wire.call("POST", "/staging", b"").json()["detail"][0]["loc"] == ["body"]


def test_numbers_may_be_text_as_the_old_framework_had_it(wire):
    wire.put(A)
    body = {"job_id": "17", "notify_url": "", "files": [A], "more": "is passed over"}
    assert wire.call("POST", "/staging", body).status == 202
    assert wire.status(17)["total_files"] == 1


def test_the_job_list_has_eight_values_and_moments_as_text(wire):
    """GET /get_joblist: id, created as TEXT, staged, total, completed, last|null, errors, name."""
    wire.put(A, B)
    made = wire.world.clock.now().timestamp()
    wire.new(17, A, B, url="")
    assert wire.call("GET", "/get_joblist").json() == {
        "jobs": {"17": [17, f"{made:.6f}", 0, 2, False, None, 0, A]}
    }
    wire.turn()
    (row,) = wire.call("GET", "/get_joblist").json()["jobs"].values()
    assert row[2:5] == [2, 2, True]
    assert float(row[5]) > made
    assert isinstance(row[5], str)


def test_failed_jobs_are_listed_with_seven_values(wire):
    """GET /get_failed_joblist and /get_failed_job."""
    wire.put(A)
    wire.new(17, A, "mwa/none", "../out", url="")
    wire.turn()
    ended = int(wire.call("GET", "/get_failed_joblist").json()["jobs"]["17"][1])
    assert wire.call("GET", "/get_failed_joblist").json() == {
        "jobs": {"17": [17, ended, 0, 0, 0, 0, 0]}
    }
    assert wire.call("GET", "/get_failed_job?job_id=17").json() == {
        "job_id": 17,
        "created": 0,
        "completed": False,
        "total_files": 3,
        "ready_files": 0,
        "error_files": 2,
        "last_readytime": ended,
        "files": {"mwa/none": [False, True, ended], "../out": [False, True, ended]},
    }
    answer = wire.call("GET", "/get_failed_job?job_id=1")
    assert answer.json() == {"errormsg": "Failed job 1 not found"}


def test_statistics(wire):
    """GET /get_stats: all fifteen members."""
    wire.put(A, B)
    wire.new(17, A, "mwa/none", url="")
    wire.turn()
    wire.new(18, B, url="")
    found = wire.call("GET", "/get_stats").json()
    assert set(found) == {
        *("kafkad_heartbeat", "kafka_alive", "last_message", "completed_jobs"),
        *("incomplete_jobs", "ready_files", "error_files", "waiting_files", "availdatasz"),
        *("health", "healthstatus", "releaseable", "totdatasz", "nonreleaseable", "pending"),
    }
    counts = ("completed_jobs", "incomplete_jobs", "ready_files", "error_files", "waiting_files")
    assert [found[name] for name in counts] == [1, 1, 1, 1, 1]
    assert (found["health"], found["kafkad_heartbeat"], found["kafka_alive"]) == (0, None, False)
    wire.world.step("watch")
    found = wire.call("GET", "/get_stats").json()
    assert (found["health"], found["kafka_alive"]) == (1, True)
    assert found["kafkad_heartbeat"] == int(wire.world.clock.now().timestamp())


def test_file_status_is_a_flat_map_and_404_for_all(wire):
    """POST /filestatus: 200 flat `{name: bool}`; one non-200 from Scout -> 404 for all."""
    wire.put(A, B)
    wire.world.tape.set(f"{ROOT}/{A}", Residency.BOTH)
    answer = wire.call("POST", "/filestatus", {"files": [A, B]})
    assert answer.json() == {A: True, B: False}
    for bad in ("mwa/none", "../../etc/passwd", ""):
        answer = wire.call("POST", "/filestatus", {"files": [A, bad]})
        assert answer.status == 404, bad
        assert "errormsg" in answer.json()
    assert wire.call("POST", "/filestatus", {}).json() == {}


def test_unknown_paths_and_methods(wire):
    assert wire.call("GET", "/nothing").json() == {"detail": "Not Found"}
    wrong = wire.call("PATCH", "/staging")
    assert (wrong.status, wrong.json()) == (405, {"detail": "Method Not Allowed"})
    assert wrong.headers["allow"] == "DELETE, GET, POST"


def test_the_self_test_calls(wire):
    """Dummies: login, batchstage, file, jobresult."""
    token = wire.call("POST", "/v1/security/login", {"acct": "a", "pass": "b"}).json()["response"]
    mine = [(b"authorization", f"Bearer {token}".encode())]
    assert wire.call("PUT", "/v1/request/batchstage", {"path": []}, mine).status == 200
    assert wire.call("POST", "/v1/request/batchstage", {"path": []}).status == 403
    assert wire.call("GET", "/v1/file?path=x", headers=mine).json()["offlineblocks"] == 0
    assert wire.call("GET", "/v1/file?path=offline_x", headers=mine).json()["offlineblocks"] == 1
    result = dict.fromkeys(("job_id", "return_code", "total_files", "ready_files"), 1)
    good = {**result, "error_files": 0, "comment": ""}
    assert wire.call("POST", "/jobresult", good).body == b"null"
    assert wire.call("POST", "/jobresult", result).status == 422


def test_documentation_pages(wire):
    """also `/docs`, `/redoc`, `/openapi.json`"""
    found = wire.call("GET", "/openapi.json").json()
    assert set(found["paths"]["/staging/"]) == {"get", "post", "delete"}
    assert "Observation" in found["components"]["schemas"]
    for page in ("/docs", "/redoc"):
        text = wire.call("GET", page).body.decode()
        assert "//" not in text.replace("<!doctype", ""), "everything comes from here"
    assert wire.call("GET", "/docs/swagger-ui-bundle.js").status == 200
