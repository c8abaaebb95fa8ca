"""The simulated site as a user of `eeadm` meets it: real processes, real bytes, a real kill -9."""

import filecmp
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from waystation_sim.site.layout import SiteBusyError, SiteSettings
from waystation_sim.site.running import RunningSite

LINE = re.compile(r"^[RPMSOX]  \d  (\S+|-)  (\S+|-)  (\S+|-) -- /.*$")
RESULT = re.compile(r"^(Success|Fail)\s+(-|GLES\w+)\s+(-|[\d/]+T[\d:]+)\s+(-|1)\s+-- /.*$")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    chance = random.Random(5)
    for dataset in "abcd":
        (folder / dataset).mkdir()
        for n in range(40):
            content = chance.randbytes(chance.randrange(1, 60_000))
            (folder / dataset / f"{dataset}{n:02} x").write_bytes(content)
    (folder / "a" / "empty").touch()
    return folder


@pytest.fixture
def site(source, tmp_path):
    running = RunningSite(tmp_path / "site", speed_up=4000)
    assert running.archive(source, SiteSettings(libraries=2, drives=2)) == 161
    with running:
        yield running


def eeadm(site, *words, stdin=None):
    return subprocess.run(
        [site.eeadm, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def files(site, dataset="a"):
    return [str(path) for path in sorted((site.cache / dataset).glob("* x"))]


def letters(site, paths):
    lines = eeadm(site, "file", "state", "-s", *paths).stdout.splitlines()
    assert all(LINE.match(line) for line in lines)
    return "".join(line[0] for line in lines)


def await_true(condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        threading.Event().wait(0.05)


def same_bytes(site, source, paths):
    return all(
        filecmp.cmp(path, source / Path(path).relative_to(site.cache), shallow=False)
        for path in paths
    )


def test_stubs_have_size_and_time_but_no_blocks(site, source):
    for path in files(site):
        stub, original = Path(path).stat(), (source / "a" / Path(path).name).stat()
        assert (stub.st_size, stub.st_mtime_ns) == (original.st_size, original.st_mtime_ns)
        assert stub.st_blocks == 0
    assert letters(site, [*files(site), str(site.cache / "a" / "empty")]) == "M" * 40 + "S"


def test_the_tape_attribute_is_there_where_the_file_system_takes_it(site):
    try:
        text = os.getxattr(files(site)[0], "user.dmapi.IBMTPS").decode()
    except OSError:
        pytest.skip("this file system has no extended attributes")
    assert re.fullmatch(r"1 WS\d{4}L9@\w+@\w+", text)


def test_a_recall_brings_the_same_bytes_back(site, source, tmp_path):
    wanted = files(site, "a")[:10] + files(site, "b")[:10]
    listing = tmp_path / "list"
    plain, policy = wanted[::2], wanted[1::2]
    listing.write_text("\n".join([*plain, *(f"1 2 3 -- {path}" for path in policy)]) + "\n")
    done = eeadm(site, "recall", str(listing))
    assert done.returncode == 0
    assert re.search(r"task ID is \d+", done.stdout)
    assert letters(site, wanted) == "P" * 20
    assert same_bytes(site, source, wanted)
    again = eeadm(site, "recall", stdin="\n".join(wanted))
    assert again.returncode == 0


def test_resident_recall_drops_the_copy_and_migrate_makes_stubs_again(site, source):
    first, second = files(site)[:2]
    assert eeadm(site, "recall", "--resident", stdin=first).returncode == 0
    assert eeadm(site, "recall", stdin=second).returncode == 0
    assert letters(site, [first, second]) == "RP"
    assert eeadm(site, "migrate", stdin=f"{first}\n{second}\n").returncode == 0
    assert letters(site, [first, second]) == "MM"
    assert eeadm(site, "recall", stdin=f"{first}\n{second}\n").returncode == 0
    assert same_bytes(site, source, [first, second])


def test_the_number_comes_early_and_the_task_outlives_its_client(site, source):
    wanted = files(site)
    site.fault("stuck-drive", "lib1/0")
    site.fault("stuck-drive", "lib2/0")
    with subprocess.Popen(
        [site.eeadm, "recall"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        client.stdin.write("\n".join(wanted))
        client.stdin.close()
        assert "provided" in client.stdout.readline()
        number = re.search(r"task ID is (\d+)", client.stdout.readline())[1]
        client.kill()
    site.fault("fix-drive", "lib1/0")
    site.fault("fix-drive", "lib2/0")
    await_true(lambda: letters(site, wanted) == "P" * 40)
    assert same_bytes(site, source, wanted)
    lines = eeadm(site, "task", "show", "-r", number).stdout.splitlines()
    assert len([line for line in lines if RESULT.match(line)]) == 40


def test_a_killed_daemon_leaves_whole_files_and_failed_tasks(site, source):
    wanted = files(site, "a") + files(site, "b")
    with subprocess.Popen(
        [site.eeadm, "recall"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        client.stdin.write("\n".join(wanted))
        client.stdin.close()
        await_true(lambda: "P" in letters(site, wanted))
        site.kill()
        client.stdout.read()
        assert client.wait(20) != 0
    for path in wanted:
        seen = Path(path).stat()
        assert seen.st_blocks == 0 or same_bytes(site, source, [path])
    site.start()
    assert list(site.site.incoming.iterdir()) == []
    tasks = json.loads(eeadm(site, "task", "list", "-c", "--json").stdout)["payload"]
    assert (tasks[-1]["status"], tasks[-1]["result"]) == ("completed", "failed")
    assert re.fullmatch(r"\d+@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", tasks[-1]["id"])
    assert eeadm(site, "recall", stdin="\n".join(wanted)).returncode == 0
    assert letters(site, wanted) == "P" * 80
    assert same_bytes(site, source, wanted)


def test_one_file_in_two_tasks_is_a_benign_failure_of_the_second(site):
    wanted = files(site)[:3]
    for library in ("lib1", "lib2"):
        for drive in "01":
            site.fault("stuck-drive", f"{library}/{drive}")
    with subprocess.Popen([site.eeadm, "recall"], stdin=subprocess.PIPE, text=True) as first:
        first.stdin.write("\n".join(wanted))
        first.stdin.close()
        active = ["task", "list", "--no-header"]
        await_true(lambda: "recall" in eeadm(site, *active).stdout)
        assert " waiting " in eeadm(site, *active).stdout
        second = eeadm(site, "recall", stdin=wanted[0])
        assert second.returncode != 0
        number = re.search(r"task ID is (\d+)", second.stdout)[1]
        assert "GLESM431E" in eeadm(site, "task", "show", "-r", number).stdout
        assert eeadm(site, "task", "cancel", str(int(number) - 1)).returncode == 0
        assert first.wait(20) != 0
    done = json.loads(eeadm(site, "task", "list", "-c", "--json").stdout)["payload"]
    assert [task["result"] for task in done] == ["aborted", "failed"]
    assert letters(site, wanted) == "MMM"
    assert eeadm(site, "task", "clearhistory").returncode == 0
    assert json.loads(eeadm(site, "task", "list", "-c", "--json").stdout) == {"payload": []}
    third = eeadm(site, "recall", stdin=wanted[0] + "-no")
    assert re.search(r"task ID is (\d+)", third.stdout)[1] == str(int(number) + 1)


def test_bad_files_and_tapes_fail_alone(site, source):
    wanted = files(site)
    site.fault("bad-file", wanted[3])
    done = eeadm(site, "recall", stdin="\n".join([*wanted, "/no/such/file"]))
    assert done.returncode == 1
    number = re.search(r"task ID is (\d+)", done.stdout)[1]
    results = eeadm(site, "task", "show", "-r", number).stdout
    failed = [line for line in results.splitlines() if line.startswith("Fail")]
    assert [line.split()[1] for line in failed] in (
        ["GLESL401E", "GLESM451W"],
        ["GLESM451W", "GLESL401E"],
    )
    others = [path for path in wanted if path != wanted[3]]
    assert letters(site, others) == "P" * 39
    assert same_bytes(site, source, others)


def test_offline_and_missing_cartridges_show_in_the_state(site):
    path = files(site, "c")[0]
    line = eeadm(site, "file", "state", "-s", path).stdout
    barcode = line.split()[2].partition("@")[0]
    for word, letter in (("offline", "O"), ("missing", "X"), ("appendable", "M")):
        site.fault("tape-state", barcode, state=word)
        assert letters(site, [path]) == letter
    site.fault("tape-state", barcode, state="offline")
    assert eeadm(site, "recall", stdin=path).returncode == 1


def test_a_library_that_is_not_the_files_cannot_recall_it(site):
    path = files(site, "d")[0]
    line = eeadm(site, "file", "state", "-s", path).stdout
    mine = line.split()[2].rpartition("@")[2]
    other = {"lib1": "lib2", "lib2": "lib1"}[mine]
    assert eeadm(site, "recall", "-l", other, stdin=path).returncode == 1
    assert eeadm(site, "recall", "-l", "lib9", stdin=path).returncode == 2
    assert eeadm(site, "recall", "-l", mine, stdin=path).returncode == 0


def test_lists_of_hardware_in_both_forms(site):
    for subject, field in (
        ("tape", "barcode"),
        ("drive", "tape_barcode"),
        ("node", "id"),
        ("pool", "mode"),
        ("library", "name"),
    ):
        rows = json.loads(eeadm(site, subject, "list", "--json").stdout)["payload"]
        assert rows
        assert field in rows[0]
        text = eeadm(site, subject, "list").stdout.splitlines()
        bare = eeadm(site, subject, "list", "--no-header").stdout.splitlines()
        assert [line.split() for line in text[1:]] == [line.split() for line in bare]
        assert len(bare) == len(rows)


def test_commands_fail_and_dawdle_on_order(site):
    site.fault("fail", rc=17, stderr="GLESL999E: on order", calls=2)
    for _ in range(2):
        done = eeadm(site, "task", "list")
        assert (done.returncode, done.stderr) == (17, "GLESL999E: on order\n")
    assert eeadm(site, "task", "list").returncode == 0
    site.fault("delay", "drive", seconds=0.4)
    began = time.monotonic()
    eeadm(site, "drive", "list")
    assert time.monotonic() - began >= 0.4
    with pytest.raises(ValueError, match="refused"):
        site.fault("bad-tape", "NOSUCHL9")


def test_wrong_words_are_refused_and_one_bad_path_spares_the_others(site):
    for words in (["nonsense"], ["file", "state", "--colour", "/x"], ["task", "show"], []):
        done = eeadm(site, *words)
        assert done.returncode == 2
        assert done.stderr.startswith("GLES")
    path = files(site)[0]
    done = eeadm(site, "file", "state", "-s", "/no/such", path)
    assert done.returncode == 1
    assert LINE.match(done.stdout.strip())
    assert "State: migrated" in eeadm(site, "file", "state", path).stdout


def test_the_socket_is_private_and_the_site_has_one_daemon(site):
    assert site.site.socket.stat().st_mode & 0o777 == 0o600
    assert site.site.root.stat().st_mode & 0o777 == 0o700
    with pytest.raises(SiteBusyError), site.site:
        pass


def test_eeadm_starts_quickly(site):
    spent = []
    for _ in range(9):
        began = time.perf_counter()
        eeadm(site, "task", "list")
        spent.append(time.perf_counter() - began)
    # 20 ms alone on the machine; the bound leaves room for busy neighbours.
    assert statistics.median(spent) < 0.25


def test_a_site_without_daemon_says_so(site):
    site.stop()
    done = eeadm(site, "task", "list")
    assert done.returncode == 3
    assert "does not run" in done.stderr


def test_the_command_line_makes_a_site(source, tmp_path):
    words = [sys.executable, "-m", "waystation_sim"]
    root = str(tmp_path / "s")
    made = subprocess.run(
        [*words, "archive", "--site", root, "--from", str(source), "--tapes", "3"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "161 files on tape" in made.stdout
    subprocess.run(
        [*words, "eeadm-bin", "--site", root, "--to", str(tmp_path / "eeadm")], check=True
    )
    assert os.access(tmp_path / "eeadm", os.X_OK)
    failed = subprocess.run(
        [*words, "run", "--site", str(tmp_path / "none")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
