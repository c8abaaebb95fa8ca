"""The stage app against a real node: its own process, its environment, and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from running import House, new_house, until
from waystation_client import globus_stage

SHARED = "a-key-that-everybody-has"
# The host's own Python, as the app's first line has it: other users may not enter ours.
PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
# Two users of every Debian host: tests run in any order, so only one of them ever has an account.
NOBODY = 65534
DAEMON = 1


@pytest.fixture(scope="module")
def node() -> Iterator[House]:
    """A node that speaks the dialect on its port and on a Unix socket."""
    with new_house(
        directories=2,
        files_each=160,
        WAYSTATION_DIALECTS__LTFSEE_GLOBUS__ENABLED="true",
        WAYSTATION_DIALECTS__LTFSEE_GLOBUS__SHARED_KEY=SHARED,
        WAYSTATION_DIALECTS__LTFSEE_GLOBUS__ACCOUNT="globus",
        WAYSTATION_DIALECTS__LTFSEE_GLOBUS__SOCKET="run/stage.sock",
    ) as house:
        house.account("globus")
        shutil.copy(globus_stage.__file__, house.home / "way-globus-stage")
        assert until((house.home / "run" / "stage.sock").exists, 30)
        yield house


def run(node: House, path: str, *, user: int | None = None, **variables: str):
    """One call of the stage app, as Globus makes it."""
    known = {"GLOBUS_STAGE_PATH": path, "GLOBUS_STAGE_TASKID": "task", "TIMEOUT": "30"}
    by_port = {"LTFSEE_URL": node.url, "AUTH_KEY": SHARED}
    by_socket = {"LTFSEE_URL": f"unix:{node.home}/run/stage.sock"}
    given = {**known, **(by_port if user is None else by_socket), **variables}
    return subprocess.run(
        [PYTHON, "-IS", str(node.home / "way-globus-stage")],
        env={name: value for name, value in given.items() if value},
        capture_output=True,
        text=True,
        user=user,
        timeout=60,
        check=False,
    )


def said(node: House, path: str, **more):
    done = run(node, path, **more)
    return done.stdout, done.returncode


def test_archived_then_resident(node):
    [path] = node.untouched(1)
    assert said(node, path) == ("archived\n", 0)
    assert until(lambda: said(node, path) == ("resident\n", 0), 60, every=0.5)
    assert node.wrong_bytes([path]) == []


def test_no_such_file(node):
    done = run(node, node.paths[0] + ".not")
    assert (done.stdout, done.stderr, done.returncode) == ("", "No such file on archive\n", 2)


def test_refused_and_wrong_calls(node):
    [path] = node.untouched(1)
    assert said(node, path, AUTH_KEY="wrong") == ("", 255)
    assert said(node, path, AUTH_KEY=node.token) == ("archived\n", 0)
    assert said(node, path, AUTH_KEY="") == ("", 1)
    assert said(node, path, GLOBUS_STAGE_TASKID="") == ("", 1)
    assert said(node, path, LTFSEE_URL="http://127.0.0.1:1") == ("", 1)
    assert said(node, path, TIMEOUT="soon") == ("", 1)


def test_l2_three_polls_of_a_hundred_files_are_a_few_recalls(node):
    """As Globus does it: 64 under way at a time, and again until all are there.

    On an idle machine it is one recall a tape (benchmarks.service.ltfsee); on a busy one the first
    files are on their way before the last are asked for. It is never more than one a tape and
    group of calls, and no file comes twice.
    """
    paths = node.untouched(100)
    before = set(node.recalls())
    polls = [_poll(node, paths) for _ in range(3)]
    assert {state for poll in polls for state in poll} <= {"archived", "resident"}
    assert until(lambda: not node.wrong_bytes(paths), 120, every=0.5)
    tasks = [files for number, files in node.recalls().items() if number not in before]
    mine = [found for files in tasks if (found := set(files) & set(paths))]
    assert sorted(path for files in mine for path in files) == sorted(paths)
    groups, files = node.rows(
        "SELECT count(*), sum(files) FROM staging_request WHERE label = 'Globus hundred'"
    )[0]
    assert files == len(paths), "no poll asked a second time"
    tapes = "SELECT count(DISTINCT tape) FROM staging_item WHERE path = ANY(%(paths)s)"
    assert len(mine) <= node.rows(tapes, paths=paths)[0][0] * groups


def _poll(node: House, paths: list[str]) -> list[str]:
    target = f"{node.url}/api/v0.5/globus_recall/globus_recall"
    limits = httpx.Limits(max_connections=64)
    with (
        httpx.Client(headers={"X-API-KEY": SHARED}, timeout=30, limits=limits) as http,
        ThreadPoolExecutor(64) as globus,
    ):
        bodies = [{"path": path, "globus_taskid": "hundred"} for path in paths]
        answers = globus.map(lambda body: http.post(target, json=body).json(), bodies)
        return [answer["state"] for answer in answers]


def readable(node: House, path: str) -> str:
    """The same path, its file and the directories above it open to every user."""
    Path(path).chmod(0o644)
    for folder in Path(path).parents:
        if folder.is_relative_to(node.home):
            folder.chmod(0o755)
    return path


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_l7_the_socket_knows_the_user_and_the_file_system_decides(node):
    open_to_all, closed = (readable(node, path) for path in node.untouched(2))
    Path(closed).chmod(0o600)
    assert said(node, open_to_all, user=NOBODY) == ("archived\n", 0)
    assert said(node, closed, user=NOBODY) == ("", 255)
    assert said(node, closed, user=0) == ("archived\n", 0)
    assert said(node, closed + ".not", user=0) == ("", 2)
    owners = node.rows(
        "SELECT u.username FROM staging_item i JOIN staging_request r ON r.id = i.request_id"
        " JOIN accounts_user u ON u.id = r.owner_id WHERE i.path = %(path)s",
        path=open_to_all,
    )
    assert owners == [("globus",)], "who has no account acts as the one of the settings"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_l7_a_user_with_an_account_acts_as_it(node):
    node.account("daemon")
    assert until(lambda: _asked_by_daemon(node), 45, every=1.0)


def _asked_by_daemon(node):
    """Accounts are remembered for half a minute: at first it may still be the other one."""
    new = readable(node, *node.untouched(1))
    assert said(node, new, user=DAEMON)[1] == 0
    owners = node.rows(
        "SELECT u.username FROM staging_item i JOIN staging_request r ON r.id = i.request_id"
        " JOIN accounts_user u ON u.id = r.owner_id WHERE i.path = %(path)s",
        path=new,
    )
    return owners == [("daemon",)]
