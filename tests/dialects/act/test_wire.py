"""The calls of the client, each as its contract has it."""

import io
import ssl
import zipfile

import httpx
import pytest

from dialects.act.conftest import CE

HELLO = '&(executable="/bin/echo")(arguments="hello" "a b")(stdout="out.txt")(jobname="hello")'


def test_a_job_from_its_making_to_its_cleaning(tower):
    made = tower.call("POST", "/jobs", [{"clusterlist": [CE]}, {"clusterlist": ["default"]}])
    assert made.status_code == 200
    one, two = (each["id"] for each in made.json())
    told = tower.call("GET", "/jobs", params={"id": f"{one}-{two}", "client": "id", "arc": "id"})
    assert told.json() == [{"c_id": n, "a_id": None} for n in (one, two)]
    confirmed = tower.call("PUT", "/jobs", [{"id": one, "desc": HELLO}])
    assert confirmed.json() == [{"id": one, "desc": HELLO, "name": "hello"}]
    again = tower.call("PUT", "/jobs", [{"id": one, "desc": HELLO}])
    assert again.json() == confirmed.json(), "a client that asks again changes nothing"
    assert tower.ended(one)["a_ExitCode"] == 0
    listing = tower.call("GET", f"/jobs/{one}/results/")
    assert listing.json() == {"file": ["out.txt"], "dir": []}
    assert tower.call("GET", f"/jobs/{one}/results/out.txt").content == b"hello a b\n"
    archive = tower.call("GET", "/results", params={"id": one})
    assert archive.headers["content-disposition"] == f"attachment; filename=act{one}.zip"
    with zipfile.ZipFile(io.BytesIO(archive.content)) as found:
        assert found.namelist() == ["out.txt"]
        assert found.read("out.txt") == b"hello a b\n"
    assert tower.call("DELETE", "/jobs", params={"id": f"{one},{two}"}).json() == [one]
    assert tower.call("GET", f"/jobs/{one}/results/").status_code == 404
    killed = tower.call("PATCH", "/jobs", params={"id": two, "action": "cancel"})
    assert killed.json() == [{"c_id": two, "a_id": None, "a_arcstate": None}]
    left = tower.call("GET", "/jobs", params={"id": f"{one},{two}", "client": "id"})
    assert left.json() == []


def test_inputs_are_uploaded_and_outputs_come_back_in_folders(tower):
    number = tower.made(
        '&(executable="run.sh")(inputfiles=("run.sh" "")("in.txt" "file:///home/me/in.txt"))'
        '(outputfiles=("made/" ""))(stdout="o")(stderr="e")(gmlog="log")'
        '(environment=("A" "x{n}"))',
        **{
            "run.sh": b'#!/bin/sh\nmkdir -p made/deep; cat in.txt > made/deep/copy; echo "$A"\n',
            "in.txt": b"what came in",
        },
    )
    tower.ended(number)
    assert tower.call("GET", f"/jobs/{number}/results/").json() == {
        "file": ["e", "o"],
        "dir": ["log", "made"],
    }
    assert tower.call("GET", f"/jobs/{number}/results/made/").json()["dir"] == ["deep"]
    copy = tower.call("GET", f"/jobs/{number}/results/made/deep/copy")
    assert copy.content == b"what came in"
    assert tower.call("GET", f"/jobs/{number}/results/o").content == b"x{n}\n", "words stay as is"
    assert b"run 1 at here" in tower.call("GET", f"/jobs/{number}/results/log/errors").content
    put = tower.call("PUT", f"/jobs/{number}/data/in.txt", content=b"late")
    assert put.status_code == 409


def test_inputs_by_the_older_call_and_from_a_space_of_this_server(tower):
    url = f"{tower.house.url}/dav/ana/kept.txt"
    tower.call("PUT", "/dav/ana/kept.txt", content=b"kept")
    number = tower.call("POST", "/jobs", [{"clusterlist": "here"}]).json()[0]["id"]
    put = tower.call("PUT", "/data", content=b"old", params={"id": number, "filename": "a"})
    assert put.status_code == 204
    xrsl = '&(executable=/bin/cat)(arguments=a k)(inputfiles=(a "")(k "' + url + '"))(stdout=out)'
    told = tower.call("PUT", "/jobs", [{"id": number, "desc": xrsl}]).json()
    assert "msg" not in told[0]
    tower.ended(number)
    assert tower.call("GET", f"/jobs/{number}/results/out").content == b"oldkept"


def test_a_failed_job_is_fetched_and_its_streams_are_read(tower):
    xrsl = '&(executable=/bin/sh)(arguments=-c "echo sorry >&2; exit 3")(stderr=err)(jobname=f1)'
    number = tower.made(xrsl)
    told = tower.ended(number, "failed")
    assert told["a_ExitCode"] == 3
    assert "3" in told["a_Error"]
    assert tower.call("GET", f"/jobs/{number}/results/").status_code == 404, "it is not fetched"
    fetched = tower.call("PATCH", "/jobs", params={"name": "f1", "action": "fetch"})
    assert fetched.json() == [number]
    assert tower.stat(number)["a_arcstate"] == "donefailed"
    assert tower.call("GET", f"/jobs/{number}/results/").json()["file"] == ["err"]
    assert tower.call("GET", f"/jobs/{number}/results/err").content == b"sorry\n"


def test_a_failed_job_is_resubmitted(tower):
    number = tower.made("&(executable=/bin/false)(jobname=again)")
    tower.ended(number, "failed")
    asked = {"id": number, "action": "resubmit"}
    assert tower.call("PATCH", "/jobs", params=asked).json() == [number]
    tower.ended(number, "failed")
    with tower.house.client() as http:
        request = tower.stat(number, "id")["a_id"]
        runs = http.get(f"/job-requests/{request}/runs").json()["runs"]
    assert [each["attempt"] for each in runs] == [1, 2]


def test_what_runs_is_killed_and_stays_so(tower):
    number = tower.made("&(executable=/bin/sleep)(arguments=600)(jobname=long)")
    tower.ended(number, "running")
    killed = tower.call("PATCH", "/jobs", params={"id": number, "action": "cancel"}).json()
    assert [(each["c_id"], each["a_arcstate"]) for each in killed] == [(number, "running")]
    assert killed[0]["a_id"] is not None
    tower.ended(number, "cancelled")
    assert tower.call("DELETE", "/jobs", params={"id": number, "state": "done"}).json() == []
    assert tower.call("DELETE", "/jobs", params={"id": number}).json() == [number]


def test_cat_of_a_job_that_runs_as_the_client_asks_it_of_a_cluster(tower, a_proxy):
    number = tower.made('&(executable=/bin/sh)(arguments=-c "echo now; sleep 600")(stdout=o.txt)')
    tower.ended(number, "running")
    told = tower.stat(number, "IDFromEndpoint,cluster,StdOut")
    assert told["a_cluster"] == tower.grid
    at = f"/arex/rest/1.0/jobs/{told['a_IDFromEndpoint']}/session/{told['a_StdOut']}"
    context = ssl.create_default_context(cafile=str(tower.authority.certificate))
    context.load_cert_chain(a_proxy.pem)
    with httpx.Client(base_url=tower.grid, verify=context) as http:
        assert http.get(at).content == b"now\n"
    tower.call("PATCH", "/jobs", params={"id": number, "action": "cancel"})


def test_info_names_clusters_and_columns(tower):
    told = tower.call("GET", "/info").json()
    assert told["clusters"] == ["here", CE]
    assert {"arcstate", "JobID", "IDFromEndpoint", "StdOut"} <= set(told["arc"])
    assert told["client"][0] == "id"
    wanted = {"id": "1", "client": ",".join(told["client"]), "arc": ",".join(told["arc"])}
    assert tower.call("GET", "/jobs", params=wanted).status_code == 200


@pytest.mark.parametrize(
    ("verb", "path", "params", "body", "status", "words"),
    [
        ("GET", "/jobs", {"id": "1,x"}, None, 400, "Invalid job ID: x"),
        ("GET", "/jobs", {"id": "1-2-3"}, None, 400, "Invalid job range: 1-2-3"),
        ("GET", "/jobs", {"client": "id,nothing"}, None, 400, "Invalid column nothing"),
        ("PATCH", "/jobs", {}, None, 400, "Request has no action parameter"),
        ("PATCH", "/jobs", {"action": "x"}, None, 400, 'Invalid action "x"'),
        ("PUT", "/jobs", {}, {"id": 1}, 400, "Input JSON is not a list"),
        ("GET", "/results", {}, None, 400, "No job ID given"),
        ("GET", "/results", {"id": "1,2"}, None, 400, "more than one job"),
        ("GET", "/results", {"id": "999999"}, None, 404, "does not exist"),
        ("PUT", "/data", {"id": "999999", "filename": "a"}, None, 400, "does not exist"),
        ("PUT", "/info", {}, None, 405, "PUT"),
    ],
)
def test_what_is_wrong_is_said_as_before(tower, verb, path, params, body, *, status, words):
    answer = tower.call(verb, path, body, params=params)
    assert answer.status_code == status
    assert words in answer.json()["msg"]


def test_each_job_of_many_has_its_own_reason(tower):
    made = tower.call("POST", "/jobs", [{"clusterlist": ["no"]}, {}, {"clusterlist": ["here"]}])
    told = made.json()
    assert told[:2] == [{"msg": "Unknown cluster no"}, {"msg": "No clusters given"}]
    number = told[2]["id"]
    asked = [
        5,
        {"desc": "x"},
        {"id": 999999, "desc": HELLO},
        {"id": number},
        {"id": number, "desc": "&(executable=run.sh)"},
        {"id": number, "desc": "&(executable=/bin/true)(runtimeenvironment=ENV/X)"},
        {"id": number, "desc": HELLO},
    ]
    words = [each.get("msg") for each in tower.call("PUT", "/jobs", asked).json()]
    assert words == [
        "Job element is not an object: 5",
        "No job ID given",
        "Job ID 999999 does not exist",
        "No job description given",
        "Input file run.sh missing",
        "The xRSL attribute 'runtimeenvironment' cannot be honoured here.",
        None,
    ]


def test_browsers_get_the_page_of_that_address(tower):
    answer = httpx.get(f"{tower.house.url}/jobs", headers={"Accept": "text/html"})
    assert "text/html" in answer.headers.get("content-type", "") or answer.is_redirect
    assert tower.call("GET", "/jobs", by=None).json() == {"msg": "Auth token is missing"}
