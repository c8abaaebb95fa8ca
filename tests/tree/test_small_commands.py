"""`way ls`, mkdir, mv, cp, rm, and what the shell is offered."""

import json
import subprocess
import sys

from tree.conftest import SPACE


def test_folders_and_files_are_made_moved_and_removed(lab, tmp_path):
    folder = lab.folder()
    top = f"{SPACE}:/{folder}"
    (tmp_path / "a").write_bytes(b"1234")
    lab.way("mkdir", top)
    lab.way("mkdir", top, code=2)
    lab.way("mkdir", "-p", top)
    lab.way("mkdir", f"{top}/x/y", code=4)
    lab.way("mkdir", "-p", f"{top}/x/y")
    lab.way("put", tmp_path / "a", f"{top}/a")
    lab.way("mv", f"{top}/a", f"{top}/x")
    assert lab.files(folder) == {"x/a": b"1234"}
    lab.way("cp", f"{top}/x/a", f"{top}/b")
    lab.way("cp", f"{top}/x", f"{top}/z")
    lab.way("mv", f"{top}/b", f"{top}/x/a", code=2)
    lab.way("mv", "-f", f"{top}/b", f"{top}/x/a")
    assert lab.files(folder) == {"x/a": b"1234", "z/a": b"1234"}
    lab.way("rm", f"{top}/x", code=2)
    lab.way("rm", "-r", f"{top}/x", f"{top}/z/a")
    assert lab.files(folder) == {}
    lab.way("rm", f"{top}/no", code=4)
    lab.way("rm", "-r", f"{SPACE}:/", code=2)


def test_lists(lab, tmp_path):
    folder = lab.folder()
    (tmp_path / "a").write_bytes(b"1234")
    lab.way("put", tmp_path / "a", f"{SPACE}:/{folder}/sub/a")
    lab.way("put", tmp_path / "a", f"{SPACE}:/{folder}/a")
    top = f"{SPACE}:/{folder}"
    assert lab.way("ls", top).stdout == "sub/\na\n"
    assert lab.way("ls", "-r", top).stdout == "sub/\nsub/a\na\n"
    assert lab.way("ls", f"{top}/a").stdout == f"{folder}/a\n"
    assert "4 B\t" in lab.way("ls", "-l", top).stdout
    lines = [json.loads(line) for line in lab.way("ls", "--json", top).stdout.splitlines()]
    assert [(e["name"], e["folder"], e["size"]) for e in lines] == [
        ("sub", True, 0), ("a", False, 4)]  # fmt: skip
    assert f"{SPACE}:/\towner\t" in lab.way("ls").stdout
    assert f"{SPACE}:/\treader\t" in lab.way("ls", WAYSTATION_TOKEN=lab.ben).stdout
    lab.way("ls", f"{top}/no", code=4)


def test_the_shell_is_offered_places(lab, tmp_path):
    folder = lab.folder()
    (tmp_path / "a").write_bytes(b"1")
    lab.way("put", tmp_path / "a", f"{SPACE}:/{folder}/sub/some file")

    def offered(line: str, word: str) -> list[str]:
        more = {"_WAY_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line}
        # By its installed name: that is what the shell's script asks.
        run = "import sys; sys.argv = ['way']; from waystation_client.__main__ import main; main()"
        words = [sys.executable, "-c", run]
        out = subprocess.run(
            words,
            env=lab.variables(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        ).stdout
        out = out.replace('"', "\n").replace("\\\\:", ":")
        return [each for each in out.splitlines() if each.startswith(word)]

    assert offered("way ls la", "lab") == [f"{SPACE}:/"]
    assert offered(f"way ls {SPACE}:/{folder}/s", SPACE) == [f"{SPACE}:/{folder}/sub/"]
    assert offered(f"way get {SPACE}:/{folder}/sub/", SPACE) == [
        f"{SPACE}:/{folder}/sub/some file"]  # fmt: skip


def test_files_are_found_by_name(lab, tmp_path):
    folder = lab.folder()
    top = f"{SPACE}:/{folder}"
    (tmp_path / "haystack.fits").write_bytes(b"1234")
    lab.way("put", tmp_path / "haystack.fits", f"{top}/sub/haystack.fits")
    assert lab.way("find", "HAYst", top).stdout == f"{top}/sub/haystack.fits\n"
    assert lab.way("find", folder).stdout == f"{top}/\n"
    lab.way("mkdir", f"{top}/haystacks")
    assert lab.way("find", "*.fits", top).stdout == f"{top}/sub/haystack.fits\n"
    first = json.loads(lab.way("find", "haystack", top, "--json").stdout.splitlines()[0])
    assert (first["place"], first["folder"]) == (f"{top}/haystacks/", True)
    lab.way("find", "ha", code=2)
    lab.way("find", "haystack", "nowhere:/", code=4)
    assert lab.way("find", "haystack", "-l", top).stdout.splitlines()[1].endswith("haystack.fits")


def test_a_token_for_a_job_finds_what_it_is_for(lab, tmp_path):
    folder = lab.folder()
    (tmp_path / "needle.dat").write_bytes(b"1")
    lab.way("put", tmp_path / "needle.dat", f"{SPACE}:/{folder}/in/needle.dat")
    lab.way("put", tmp_path / "needle.dat", f"{SPACE}:/{folder}/out/needle.dat")
    place = {"space": SPACE, "path": f"{folder}/in", "verbs": ["list"]}
    with lab.client() as http:
        made = http.post("/api/v1/job-tokens", json={"name": "17", "places": [place]})
    here = {"name": "needle", "space": SPACE, "folder": f"{folder}/in"}
    with lab.client(made.json()["token"]) as http:
        found = http.get("/api/v1/find", params=here).json()["found"]
        assert [each["path"] for each in found] == [f"{folder}/in/needle.dat"]
        for more in ({"folder": folder}, {"folder": ""}, {"folder": "", "space": ""}):
            assert http.get("/api/v1/find", params=here | more).status_code == 403
        assert http.get("/api/v1/whoami").status_code == 403
    with lab.client(lab.eve) as http:
        assert http.get("/api/v1/find", params=here).status_code == 404
        assert http.get("/api/v1/find", params={"name": "needle"}).json()["found"] == []


def test_it_is_explained_to_managers_why(lab):
    told = lab.way("explain", SPACE, "ben").stdout
    assert f"ben may read {SPACE}" in told
    assert json.loads(lab.way("explain", SPACE, "eve", "--json").stdout)["lines"]
    lab.way("explain", SPACE, "nobody", code=4)
