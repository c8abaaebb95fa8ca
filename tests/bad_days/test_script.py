"""Commands of a site that hang, chatter, lie, refuse or are killed, and a worker that is."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import waystation_sim.scripts
from process_trees import alive
from running import House, new_house, until
from waystation.backends.tape.script import starting
from waystation.backends.tape.script.backend import Script
from waystation.backends.tape.script.config import ScriptConfig
from waystation.domains.staging.entities import RecallList, Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel.clock import SystemClock

SCRIPTS = Path(waystation_sim.scripts.__file__).parent
PATHS = ["/archive/a", "/archive/b"]
LOST = '{"path": "/archive/a", "state": "lost"}'


@pytest.fixture
def site(tmp_path):
    """Makes a back end whose commands are the shell texts given; others are never called."""
    lists = tmp_path / "lists"
    lists.mkdir(mode=0o700)

    def made(*, more=None, **texts: str) -> Script:
        commands = {}
        for name in ("locate", "recall", "poll", *texts):
            place = tmp_path / name
            place.write_text(f"#!/bin/bash\n{texts.get(name, 'exit 99')}\n")
            place.chmod(0o755)
            commands[name] = (str(place),)
        config = ScriptConfig(**commands, list_dir=lists, command_timeout_s=20.0)
        return Script(replace(config, **(more or {})), SystemClock())

    return made


def test_a_command_that_hangs_is_killed_with_all_that_it_started(site, tmp_path):
    text = f"sleep 600 & echo $! > {tmp_path}/one; echo $$ > {tmp_path}/two; wait"
    backend = site(locate=text, more={"command_timeout_s": 1.0})
    with pytest.raises(BackendUnavailableError, match="locate command did not end within 1 s"):
        backend.locate(PATHS)
    pids = [int((tmp_path / name).read_text()) for name in ("one", "two")]
    assert until(lambda: not any(alive(pid) for pid in pids), 10)


@pytest.mark.parametrize(
    "text",
    [
        'yes \'{"path": "/archive/a", "state": "lost"}\'',
        "tr '\\0' x < /dev/zero",
        "yes complaint >&2 & yes",
    ],
)
def test_a_command_that_prints_for_ever_is_stopped(site, text):
    with pytest.raises(BackendUnavailableError, match="it was stopped"):
        site(locate=text).locate(PATHS)


def test_a_recall_that_prints_for_ever_is_stopped(site):
    with pytest.raises(BackendUnavailableError, match="it was stopped"):
        site(recall="yes").recall(RecallList("chatter", tuple(PATHS)))


def test_what_a_command_leaves_behind_does_not_keep_us(site, tmp_path):
    text = f"sleep 600 & echo $! > {tmp_path}/left; echo '{LOST}'"
    try:
        reports = site(locate=text).locate(PATHS[:1])
        assert [report.residency for report in reports] == [Residency.LOST]
    finally:
        os.kill(int((tmp_path / "left").read_text()), signal.SIGKILL)


def test_commands_get_nothing_of_our_environment(site, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    text = f"/usr/bin/env > {tmp_path}/env; echo '{LOST}'"
    site(locate=text, more={"environment": {"SITE": "here"}}).locate(PATHS[:1])
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names - {"PWD", "SHLVL", "_"} == {"PATH", "LANG", "HOME", "SITE"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("hello", "line 1: expected .*got hello"),
        (f"{LOST}\\n{{}}", "line 2: expected .*missing required field `path`"),
        ('{"path": "/archive/x", "state": "lost"}', "line 1: nobody asked for /archive/x"),
        ('{"path": "/archive/a", "state": "migrated"}', "line 1: expected .*nearline.*'migrated'"),
        ('{"path": "/archive/a", "state": "lost", "tpae": "A"}', "unknown field `tpae`"),
        ('{"path": "/archive/a", "state": "lost", "size": "9"}', "`int [|] null`, got `str`"),
        ("\\xff\\xfe", "line 1: expected"),
    ],
)
def test_a_wrong_answer_is_told_by_command_line_and_what_was_expected(site, said, words):
    backend = site(locate=f"printf '{said}\\n'")
    with pytest.raises(
        BackendUnavailableError, match=f"locate command answered wrongly: .*{words}"
    ):
        backend.locate(PATHS)


def test_a_path_without_an_answer_is_unknown_and_the_others_have_theirs(site):
    lost, silent = site(locate=f"echo '{LOST}'").locate(PATHS)
    assert lost.residency is Residency.LOST
    assert silent.residency is Residency.UNKNOWN
    assert "gave no answer" in silent.words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "no line says how list 'h1' stands"),
        ('{"handle": "h1", "state": "done"}', "line 1: expected .*waiting"),
        ('{"handle": "h2", "state": "ended"}', "nobody asked for list 'h2'"),
        ('{"handle": "h1", "path": "/a", "outcome": "fine"}', "expected .*refused"),
    ],
)
def test_a_wrong_word_about_a_list_is_told(site, said, words):
    with pytest.raises(BackendUnavailableError, match=words):
        site(poll=f"echo '{said}'").poll(["h1"])


@pytest.mark.parametrize("said", ["", "h1", '{"handle": ""}', '{"handle": "a"}\\n{"handle": "b"}'])
def test_a_recall_without_one_handle_is_not_believed(site, said):
    with pytest.raises(BackendUnavailableError, match="recall command answered wrongly"):
        site(recall=f"printf '{said}\\n'").recall(RecallList("wrong", tuple(PATHS)))


def test_exit_code_75_is_tried_again_with_the_same_key(site, tmp_path):
    text = f'[ -e {tmp_path}/well ] || {{ echo "the mover is down" >&2; exit 75; }}\n'
    backend = site(recall=f'{text}echo \'{{"handle": "h1"}}\'')
    once = RecallList("later", tuple(PATHS))
    with pytest.raises(BackendUnavailableError, match="the mover is down"):
        backend.recall(once)
    (tmp_path / "well").touch()
    assert backend.recall(once) == "h1"


def test_another_exit_code_is_a_refusal_in_the_commands_last_words(site):
    backend = site(recall="echo begin >&2; echo 'class of service 7 is closed' >&2; exit 3")
    with pytest.raises(BackendRefusedError, match="class of service 7 is closed") as caught:
        backend.recall(RecallList("refused", tuple(PATHS)))
    assert caught.value.facts["exit_code"] == 3


def test_a_command_that_is_not_there_is_no_refusal(site):
    backend = site(more={"recall": ("/nowhere/recall",), "locate": ("/nowhere/locate",)})
    with pytest.raises(BackendUnavailableError):
        backend.recall(RecallList("absent", tuple(PATHS)))
    with pytest.raises(BackendUnavailableError, match="cannot be run: No such file"):
        backend.locate(PATHS)


def test_names_are_data_for_the_commands(site, tmp_path):
    names = ["/archive/$(touch x)", "/archive/`id`", '/archive/"; rm -rf', "/archive/a'b\\n ü\t*"]
    backend = site(recall=f'cat > {tmp_path}/asked; echo \'{{"handle": "h"}}\'')
    backend.recall(RecallList("names", tuple(names), tape="T1"))
    about, *rows = map(json.loads, (tmp_path / "asked").read_text().splitlines())
    assert about == {"key": "names", "files": 4, "tape": "T1"}
    assert [row["path"] for row in rows] == names


# ------------------------------------------------------------------------- killed in the middle

# A system that is not idempotent: each call starts another list.
COUNTS = "echo x >> {place}/started; n=$(wc -l < {place}/started); "
WORKER = """
import sys
from pathlib import Path
from waystation.backends.tape.script.backend import Script
from waystation.backends.tape.script.config import ScriptConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
place, seconds = Path(sys.argv[1]), float(sys.argv[2])
commands = {name: (str(place / name),) for name in ("locate", "recall", "poll")}
config = ScriptConfig(**commands, list_dir=place / "lists", command_timeout_s=seconds)
Script(config, SystemClock()).recall(RecallList("killed", ("/archive/a",)))
"""


def worker_that_dies(place, condition, timeout_s=20.0):
    """A worker in `recall`, killed when something has become true."""
    words = [sys.executable, "-c", WORKER, str(place), str(timeout_s)]
    child = subprocess.Popen(words)
    assert until(condition, 20, every=0.01)
    child.kill()
    child.wait()


def test_a_worker_killed_while_the_command_runs_starts_nothing_twice(site, tmp_path):
    text = COUNTS.format(place=tmp_path) + 'sleep 1; echo "{\\"handle\\": \\"h$n\\"}"'
    backend = site(recall=text)
    worker_that_dies(tmp_path, (tmp_path / "started").exists)
    assert backend.recall(RecallList("killed", ("/archive/a",))) == "h1"
    assert (tmp_path / "started").read_text() == "x\n"


def test_a_command_killed_before_it_answered_is_asked_for_its_key_first(site, tmp_path):
    poll = 'echo "{\\"key\\": \\"killed\\", \\"handle\\": \\"h1\\"}"'
    recall = COUNTS.format(place=tmp_path) + "kill -9 $$"
    once = RecallList("killed", ("/archive/a",))
    backend = site(recall=recall, poll=poll, more={"finds_keys": True})
    with pytest.raises(BackendUnavailableError, match="signal 9"):
        backend.recall(once)
    assert backend.recall(once) == "h1"
    assert (tmp_path / "started").read_text() == "x\n"


def test_a_key_that_was_not_found_is_started(site, tmp_path):
    poll = 'echo "{\\"key\\": \\"killed\\", \\"handle\\": null}"'
    recall = f"[ -e {tmp_path}/again ] || {{ touch {tmp_path}/again; kill -9 $$; }}; "
    recall += 'echo \'{"handle": "h2"}\''
    once = RecallList("killed", ("/archive/a",))
    backend = site(recall=recall, poll=poll, more={"finds_keys": True})
    with pytest.raises(BackendUnavailableError):
        backend.recall(once)
    assert backend.recall(once) == "h2"


def test_a_hanging_command_of_a_killed_worker_ends_by_itself(site, tmp_path):
    text = f"cd {tmp_path}; echo $$ > new; mv new started; sleep 600"
    backend = site(recall=text)
    worker_that_dies(tmp_path, (tmp_path / "started").exists, timeout_s=1.0)
    pid = int((tmp_path / "started").read_text())
    assert until(lambda: not alive(pid), starting.ORPHAN_S + 20)
    assert backend.poll([]) == []


# ------------------------------------------------------------------------------- in a whole node

SETTINGS = """
[backends.library]
kind = "script"
{commands}
environment = {{ EEADM = {eeadm}, LISTS = {lists} }}
sees_tape = true
finds_keys = true
poll_s = 0.5
"""


def settings_with_scripts(house: House) -> str:
    """The node's settings with the example commands in place of `eeadm`."""
    before, _, rest = house.config.read_text().partition("[backends.library]")
    lists = house.home / "site-lists"
    lists.mkdir(mode=0o700)
    commands = "\n".join(
        f"{name} = {json.dumps([sys.executable, '-I', str(SCRIPTS / name) + '.py'])}"
        for name in ("locate", "recall", "poll", "cancel", "release", "library")
    )
    eeadm = json.dumps(str(house.site.eeadm))
    text = SETTINGS.format(commands=commands, eeadm=eeadm, lists=json.dumps(str(lists)))
    return f"{before}{text}\n[{rest.partition(chr(10) + '[')[2]}"


def test_a_node_stages_by_scripts_while_its_worker_is_killed():
    with new_house(directories=2, files_each=60) as house:
        house.stop()
        house.config.write_text(settings_with_scripts(house))
        house.start()
        paths = house.untouched(90)
        number = house.stage(paths)["id"]
        for _ in range(3):
            assert until(lambda: house.pids("worker"), 20)
            time.sleep(0.7)
            house.kill("worker")
        request = house.ended(number, 120)
        assert request["state"] == "complete", request
        assert house.wrong_bytes(paths) == []
        brought = [path for files in house.recalls().values() for path in files]
        assert len(brought) == len(set(brought)), "a list was started twice"
        doctor = house.command("doctor")
        assert "backends.library locate: it answers." in doctor
