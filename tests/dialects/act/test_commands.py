"""`act …` as people type it: the words and the output are those of act-client 1.0."""

import os

import pytest

from dialects.act.conftest import CE
from running import until
from waystation_client.act import configuration, descriptions
from waystation_client.act.commands import run
from waystation_client.act.errors import ActError


@pytest.fixture
def act(tower, a_proxy, tmp_path, monkeypatch, capsys):
    """Runs a command in a folder of its own; its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(
        f"# of ana\nserver: {tower.house.url}/ignored\nproxy: $HOME/proxy.pem\n"
        f"token: {tmp_path}/kept/token\nclusters:\n  default:\n    - {CE}   # ours\n"
    )
    proxy = tmp_path / "proxy.pem"
    proxy.write_text(a_proxy.pem.read_text())
    environment = {"HOME": str(tmp_path), "X509_CERT_DIR": str(tower.authority.directory)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def call(*words: str) -> tuple[int, str]:
        code = run(["--conf", str(tmp_path / "config.yaml"), *words], os.environ)
        return code, capsys.readouterr().out

    return call


def _ended(act, name: str, state: str) -> None:
    asked = ("stat", "-n", name, "--client", "id", "--arc", "arcstate")
    assert until(lambda: state in act(*asked)[1].split(), 60), act(*asked)


def test_a_day_with_the_commands(act, tmp_path):
    assert act("info") == (1, f"Error reading token file {tmp_path}/kept/token. Run act proxy.\n")
    code, told = act("proxy")
    assert (code, "Successfully inserted proxy." in told) == (0, True)
    assert (tmp_path / "kept" / "token").stat().st_mode & 0o777 == 0o600
    assert f"Clusters:\nhere\n{CE}\n" in act("info")[1]
    (tmp_path / "in.txt").write_text("data in\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\ncat in.txt; mkdir d; cp in.txt d/x\n")
    (tmp_path / "job.xrsl").write_text(
        '&(executable=run.sh)(inputfiles=("run.sh" "")("in.txt" ""))(outputfiles=("d/" ""))'
        '(stdout="out")(jobname="day one")'
    )
    (tmp_path / "bad.xrsl").write_text("&(executable=/bin/false)(jobname=day-bad)")
    (tmp_path / "no.xrsl").write_text("&(executable=/bin/a)(jobname=no)(nothing=1)")
    code, told = act("sub", "job.xrsl", "bad.xrsl", "no.xrsl", "away.xrsl")
    assert code == 1
    assert "Inserted job day one with ID" in told
    assert "Job no not submitted: The xRSL attribute 'nothing'" in told
    assert "Job description away.xrsl not submitted" in told
    _ended(act, "day one", "done")
    _ended(act, "day-bad", "failed")
    head, line, row = act("stat", "-n", "day one")[1].splitlines()
    assert head.split() == ["id", "jobname", "JobID", "State", "arcstate"]
    assert set(line) == {"-"}
    assert row.split()[1:3] == ["day", "one"]
    assert row.split()[-2:] == ["Finished", "done"]
    assert "arcstate" in act("stat", "--get-cols")[1]
    assert act("cat", "-n", "day one") == (0, "data in\n")
    assert act("resub", "-n", "day-bad") == (0, "Will resubmit 1 jobs\n")
    _ended(act, "day-bad", "failed")
    assert act("fetch", "-n", "day-bad") == (0, "Will fetch 1 jobs\n")
    assert act("kill", "-n", "day") == (0, "Will kill 0 jobs\n")
    code, told = act("get", "--use-jobname", "-n", "day")
    assert code == 0
    assert "Results for job day one stored in day one" in told
    assert "No output files for job day-bad" in told
    assert (tmp_path / "day one" / "out").read_text() == "data in\n"
    assert (tmp_path / "day one" / "d" / "x").read_text() == "data in\n"
    assert act("stat", "-n", "day") == (0, ""), "what was fetched whole was cleaned"
    assert act("clean", "-n", "day") == (0, "Cleaned 0 jobs\n")


def test_inputs_go_through_a_webdav_folder_of_this_server(act, tower, tmp_path):
    tower.call("MKCOL", "/dav/ana/act-in")
    act("proxy")
    (tmp_path / "in.txt").write_text("by webdav\n")
    (tmp_path / "job.xrsl").write_text(
        '&(executable=/bin/cat)(arguments=in.txt)(inputfiles=("in.txt" ""))(stdout=o)(jobname=wd)'
    )
    where = f"{tower.grid}/dav/ana/act-in"
    code, told = act("sub", "--webdav", where, "job.xrsl")
    assert code == 0, told
    number = int(told.split()[-1])
    assert tower.call("GET", f"/dav/ana/act-in/{number}/in.txt").text == "by webdav\n"
    _ended(act, "wd", "done")
    assert act("cat", "-n", "wd") == (0, "by webdav\n")
    code, told = act("clean", "-n", "wd", "--webdav", where)
    assert told == "Cleaned 1 jobs\nCleaning WebDAV directories ...\n"
    assert tower.call("GET", f"/dav/ana/act-in/{number}/in.txt").status_code == 404


def test_a_configuration_is_read_as_before():
    text = """
    server: "https://a:443"  # where
    webdav: 'https://w/x#y'
    clusters:
      default: [https://one, https://two]
      more:
        - https://three
      one: https://four
    """
    said = configuration.parse("\n".join(line[4:] for line in text.splitlines()))
    assert said["server"] == "https://a:443"
    assert said["webdav"] == "https://w/x#y"
    assert said["clusters"] == {
        "default": ["https://one", "https://two"],
        "more": ["https://three"],
        "one": ["https://four"],
    }
    for wrong in ("server", "- a", "a: b\na:\n  c: d"):
        with pytest.raises(ActError):
            configuration.parse(wrong)


def test_descriptions_of_several_jobs_and_where_their_inputs_are():
    text = '+(&(jobName="a (b")(inputFiles=(x "")(y https://h/y)(z /tmp/z)))(&(executable=c))'
    one, two = descriptions.read(text)
    assert (one.name, two.name) == ("a (b", "")
    assert one.local() == {"x": "x", "z": "/tmp/z"}
    moved = descriptions.read(one.elsewhere({"x": "https://w/1/x", "z": "https://w/1/z"}))[0]
    assert moved.inputs == {"x": "https://w/1/x", "y": "https://h/y", "z": "https://w/1/z"}
    with pytest.raises(ActError, match="parentheses"):
        descriptions.read("&(executable=a")
