"""Jobs at a real node, by `way`: from tape to a result in a space."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from running import until


def way(house, *words: str, code: int = 0, token: str = "") -> str:
    told = {"WAYSTATION_URL": house.url, "WAYSTATION_TOKEN": token or house.token}
    done = subprocess.run(
        [sys.executable, "-m", "waystation_client", *words],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_an_input_comes_up_from_tape_and_its_result_is_hosted(node):
    (path,) = node.untouched(1)
    said = way(
        node, "job", "run", "--wait", "--json", "--name", "sums",
        "--archive", f"{node.store}:{path}=in.dat", "--out", "sum.txt", "--to", "lab:/sums",
        "--", "/bin/sh", "-c", "sha256sum in.dat > sum.txt; echo summed",
    )  # fmt: skip
    request = json.loads(said.splitlines()[0])
    assert (request["state"], request["done"]) == ("done", 1)
    digest = hashlib.sha256(node.source[path].read_bytes()).hexdigest()
    held = {"Authorization": f"Bearer {node.token}"}
    result = httpx.get(f"{node.url}/dav/lab/sums/sum.txt", headers=held)
    assert result.text == f"{digest}  in.dat\n"
    shown = way(node, "job", "show", str(request["id"]))
    assert "lab:/sums/sum.txt" in shown
    checksum = hashlib.sha256(result.content).hexdigest()
    assert way(node, "job", "logs", str(request["id"])) == "summed\n"
    staged = "SELECT state FROM staging_item WHERE path = %(path)s"
    # What was held for the job is held no longer.
    assert until(lambda: _released(node, staged, path), 60)
    _one_timeline(node, request["id"], checksum)


def _one_timeline(node, number: int, checksum: str) -> None:
    """From the tape to the result and its checksum; what was asked from tape is named."""
    with node.client() as http:
        where = f"/job-requests/{number}/jobs/1/timeline"
        # They are let go, and then it is written down.
        assert until(lambda: "no longer" in http.get(where).json()["events"][-1]["words"], 20)
        found = http.get(where).json()["events"]
        kinds = [each["kind"] for each in found]
        first = ["asked", "staging", "staged", "ready", "sent", "began", "ended"]
        assert kinds == [*first, "hosted", "released"]
        stage = found[1]["stage"]
        assert http.get(f"/stage-requests/{stage}").json()["files"] == 1
    assert checksum in found[-2]["words"]
    told = way(node, "job", "timeline", str(number))
    assert "1 file was on disk" in told
    assert f"asked up from tape: 1 file of {node.store}. (stage request {stage})" in told


def _released(node, sql: str, path: str) -> bool:
    from waystation.domains.staging.states import ItemState  # noqa: PLC0415 - beside its one use

    return {state for (state,) in node.rows(sql, path=path)} == {ItemState.RELEASED}


def test_many_jobs_of_a_list(node, tmp_path):
    (tmp_path / "list").write_text("one\ntwo\nthree 3\n")
    said = way(
        node, "job", "run", "--wait", "--json", "--items", str(tmp_path / "list"),
        "--out", "*.txt", "--to", "lab:/many", "--",
        "/bin/sh", "-c", 'echo "$0" > out.txt', "{item}",
    )  # fmt: skip
    number = json.loads(said.splitlines()[0])["id"]
    with node.client() as http:
        left = http.get(f"/job-requests/{number}/outputs").json()["outputs"]
    assert [each["path"] for each in left] == [f"many/{n}/out.txt" for n in (1, 2, 3)]
    assert way(node, "job", "logs", str(number), "3") == ""
    assert f"{number}" in way(node, "job", "list")


def test_a_failure_ends_the_command_with_its_code(node):
    said = way(node, "job", "run", "--wait", "--", "/bin/sh", "-c", "exit 9", code=1)
    number = said.split("Request ")[1].split(":")[0]
    assert "It ended with exit code 9." in way(node, "job", "show", number)


def test_stopped_by_hand(node):
    number = way(node, "job", "run", "--", "sleep", "600").split("Request ")[1].split(":")[0]
    with node.client() as http:
        assert until(lambda: http.get(f"/job-requests/{number}").json()["request"]["running"], 60)
    way(node, "job", "cancel", number)
    assert "cancelled" in way(node, "job", "wait", number, code=1)


def test_whoever_is_in_no_group_may_run_none(node):
    token = node.account("guest")
    assert "may not run jobs" in way(node, "job", "run", "--", "true", code=3, token=token)


def test_a_drained_cluster_gets_nothing_new(node):
    assert "drained" in way(node, "job", "clusters", "--drain", "here")
    number = way(node, "job", "run", "--", "true").split("Request ")[1].split(":")[0]
    assert "waiting" in way(node, "job", "show", number)
    with node.client() as http:
        numbers = http.get("/metrics").text
    assert 'waystation_jobs_cluster_open{cluster="here"} 0' in numbers
    assert 'waystation_jobs_jobs{state="waiting"} 1' in numbers
    way(node, "job", "clusters", "--open", "here")
    assert "is done" in way(node, "job", "wait", number)


def test_workers_that_are_killed_lose_no_job(node, tmp_path):
    mark = Path(node.home) / f"ran-{os.urandom(4).hex()}"
    said = way(
        node, "job", "run", "--count", "8", "--", "/bin/sh", "-c", 'echo "$0" >> "$1"; sleep 1',
        "{n}", str(mark),
    )  # fmt: skip
    number = said.split("Request ")[1].split(":")[0]
    assert until(mark.exists, 60)
    node.kill("worker")
    assert "is done" in way(node, "job", "wait", number)
    assert sorted(mark.read_text().split()) == [str(n) for n in range(1, 9)]


def test_a_file_that_is_dropped_runs_and_is_told_of(node):
    drop = Path(node.variables["WAYSTATION_STORES__DISK__ROOT"]) / "drop"
    asked = {"command": ["/bin/echo", "dropped"], "outputs": ["stdout"], "space": "lab"}
    (drop / "one.json").write_text(json.dumps(asked))
    assert until((drop / "new").is_dir, 60), "whoever takes files makes their folders"
    (drop / "one.json").rename(drop / "new" / "one.json")
    assert until((drop / "done" / "one.json").exists, 60)
    told = json.loads((drop / "status" / "one.json").read_text())
    assert (told["state"], told["exit_code"]) == ("done", 0)
    with node.client() as http:
        left = http.get(f"/job-requests/{told['request']}/outputs").json()["outputs"]
        assert [each["path"] for each in left] == ["jobs/one/stdout"]
    assert "jobs.sources.drop" in _doctor(node)


def _doctor(node) -> str:
    """What it says; it may find something wrong with this machine."""
    try:
        return str(node.command("doctor"))
    except subprocess.CalledProcessError as found:
        return str(found.output)


def test_a_folder_of_the_archive_goes_in(node):
    folder = node.paths[-1].rpartition("/")[0]
    files = [path for path in node.paths if path.startswith(f"{folder}/")]
    way(
        node, "job", "run", "--wait", "--archive", f"{node.store}:{folder}/=in",
        "--out", "count.txt", "--to", "lab:/counted",
        "--", "/bin/sh", "-c", "find in -type f | wc -l > count.txt",
    )  # fmt: skip
    held = {"Authorization": f"Bearer {node.token}"}
    result = httpx.get(f"{node.url}/dav/lab/counted/count.txt", headers=held)
    assert int(result.text) == len(files)


def test_a_timeline_tells_why_nothing_ran(node):
    said = way(node, "job", "run", "--wait", "--in", "lab:/nowhere/", "--", "true", code=1)
    number = said.split("Request ")[1].split(":")[0]
    told = way(node, "job", "timeline", number).splitlines()
    assert "It was asked for." in told[0]
    assert "It ended: failed." in told[1]
    assert "nowhere" in told[1]
