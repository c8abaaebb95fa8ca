"""Real gfal2 2.21.3 (Debian) and xgfalclient 0.4.0 (PyPI) against a real node.

By HTTP and through the grid port; by token, certificate, and RFC 3820 proxies.
"""

import errno
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from certificates import ALICE, LIMITED, Authority, Signed, proxy
from running import House, free_port, new_house, until

DEBIAN = Path("/usr/bin/python3")
SITE = "test-site"
SECONDS = 60.0
HOW = ["http token", "token", "certificate", "proxy", "proxy of proxy", "limited proxy"]


@dataclass
class Grid:
    """A node with its grid port, and people."""

    house: House
    port: int
    authority: Authority
    alice: Signed
    token: str

    def base(self, how: str) -> str:
        """Where to go in that way."""
        return self.house.url if how.startswith("http") else f"https://localhost:{self.port}"

    def urls(self, how: str, paths: list[str]) -> list[str]:
        """Of files of the store."""
        root = str(self.house.site.cache)
        return [f"{self.base(how)}/archive{quote(path.removeprefix(root))}" for path in paths]

    def variables(self, how: str) -> dict[str, str]:
        """What grid tools look at."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("X509_", "BEARER_"))}
        kept |= {"X509_CERT_DIR": str(self.authority.directory), "GFAL_PYTHONBIN": str(DEBIAN)}
        if "token" in how:
            return {**kept, "BEARER_TOKEN": self.token}
        if how == "certificate":
            key = {"X509_USER_KEY": str(self.alice.key)}
            return {**kept, **key, "X509_USER_CERT": str(self.alice.certificate)}
        return {**kept, "X509_USER_PROXY": str(self.proxy(how).pem)}

    def proxy(self, how: str) -> Signed:
        """A new one."""
        name = f"{how.replace(' ', '-')}-{os.urandom(3).hex()}"
        if how == "proxy of proxy":
            return proxy(proxy(self.alice, f"{name}-1"), name)
        return proxy(self.alice, name, **({"policy": LIMITED} if "limited" in how else {}))


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grid]:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    host, alice, port = authority.host(), authority.person("alice", ALICE), free_port()
    variables = {
        "WAYSTATION_GRID__PORT": str(port),
        "WAYSTATION_GRID__CERTIFICATE": str(host.certificate),
        "WAYSTATION_GRID__KEY": str(host.key),
        "WAYSTATION_GRID__CA_DIR": str(authority.directory),
        "WAYSTATION_DIALECTS__WLCG_TAPE__SITENAME": SITE,
    }
    with new_house(files_each=60, **variables) as house:
        token = house.account("alice")
        assert house.command("user", "dn", "alice", ALICE) == "CN=Alice Example,DC=test"
        made = Grid(house, port, authority, alice, token)
        assert until(lambda: _answers(made), SECONDS)
        yield made


def _answers(grid: Grid) -> bool:
    try:
        trusted = ssl.create_default_context(cafile=str(grid.authority.certificate))
        with httpx.Client(verify=trusted) as http:
            return http.get(f"{grid.base('')}/.well-known/wlcg-tape-rest-api").is_success
    except httpx.TransportError:
        return False


class Gfal2:
    """gfal2's own calls, in a process of Debian's Python."""

    def __init__(self, variables: dict[str, str]) -> None:
        driver = Path(__file__).with_name("gfal2_driver.py")
        self._process = subprocess.Popen(
            [DEBIAN, driver],
            env={k: v for k, v in variables.items() if not k.startswith("PYTHON")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps([name, arguments]) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

        return call

    def close(self) -> None:
        self._process.communicate(timeout=20)


@pytest.fixture
def gfal2(grid: Grid, request: pytest.FixtureRequest) -> Iterator[Gfal2]:
    if not Path("/usr/bin/gfal2_version").exists():
        words = "gfal2 is not installed: see tools/system-packages"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    made = Gfal2(grid.variables(request.getfixturevalue("how")))
    yield made
    made.close()


@pytest.fixture
def how() -> str:
    return "http token"


def polled(gfal2: Gfal2, urls: list[str], number: str) -> list[object]:
    """What the poll says once no file is on its way any more."""
    seen: list[object] = []

    def ended() -> bool:
        seen[:] = gfal2.bring_online_poll(urls, number)  # type: ignore[arg-type]
        return not any(each and each["error"] == errno.EAGAIN for each in seen)  # type: ignore[index]

    assert until(ended, SECONDS, every=0.3), seen
    return seen


@pytest.mark.parametrize("how", HOW)
def test_stage_poll_archive_and_release(grid, gfal2, how):
    paths = grid.house.untouched(3)
    urls = grid.urls(how, paths)
    assert gfal2.getxattr(urls[0], "user.status") == "NEARLINE"
    answers, number = gfal2.bring_online(urls, 3600, 600, True)
    assert answers == [None] * 3
    assert polled(gfal2, urls, number) == [None] * 3
    assert not grid.house.wrong_bytes(paths)
    assert gfal2.getxattr(urls[0], "user.status") == "ONLINE_AND_NEARLINE"
    assert gfal2.archive_poll(urls) == [None] * 3
    assert gfal2.release(urls[:2], number) == [None] * 2
    assert _staged(grid, paths) == ["released", "released", "online"]
    assert gfal2.release(urls[0]) == 0, "without an id there is nothing to release, and no error"


@pytest.mark.parametrize("how", ["http token", "proxy"])
def test_cancel(grid, gfal2, how):
    paths = grid.house.untouched(4)
    urls = grid.urls(how, paths)
    with grid.house.held():
        _, number = gfal2.bring_online(urls, 3600, 600, True)
        waiting = gfal2.bring_online_poll(urls, number)
        assert {each["error"] for each in waiting} == {errno.EAGAIN}
        assert gfal2.abort_bring_online(urls[:2], number) == [None] * 2
        told = gfal2.bring_online_poll(urls[:2], number)
        assert {each["error"] for each in told} == {errno.ENOMSG}
        assert all("Cancelled." in each["words"] for each in told)
        foreign = gfal2.abort_bring_online(grid.urls(how, [f"{paths[0]} not asked"]), number)
        assert foreign[0]["error"] == errno.EINVAL
    assert polled(gfal2, urls[2:], number) == [None] * 2


def test_files_that_are_not_there_fail_by_themselves(grid, gfal2, how):
    good = grid.urls(how, grid.house.untouched(1))
    bad = [f"{grid.base(how)}/archive/no%20such", f"{grid.base(how)}/elsewhere/x"]
    answers, number = gfal2.bring_online(good + bad, 3600, 600, True)
    assert answers == [None] * 3
    told = polled(gfal2, good + bad, number)
    assert told[0] is None
    assert [each["error"] for each in told[1:]] == [errno.ENOMSG] * 2
    assert "no such file" in told[1]["words"]
    assert "no store" in told[2]["words"]
    archived = gfal2.archive_poll(good + bad)
    assert [each and each["error"] for each in archived] == [None, errno.ENOMSG, errno.ENOMSG]


def test_slashes_and_metadata(grid, gfal2, how):
    path = grid.house.untouched(1)[0]
    url = grid.urls(how, [path])[0].replace("/archive/", "//archive///")
    metadata = json.dumps({SITE: {"activity": "Data Consolidation", "priority": 6}})
    _, number = gfal2.bring_online([url], [metadata], 3600, 600, True)
    assert polled(gfal2, [url], number) == [None]
    with grid.house.client(grid.token) as http:
        newest = http.get("/stage-requests?limit=1").json()["requests"][0]
    assert (newest["label"], newest["priority"]) == ("Data Consolidation", 6)


def test_a_poll_while_the_database_is_restarted_is_only_late(grid, gfal2, how):
    """FTS would give up every file of the request at the first 503."""
    urls = grid.urls(how, grid.house.untouched(2))
    _, number = gfal2.bring_online(urls, 3600, 600, True)
    grid.house.kill("postgres", signal.SIGKILL)
    assert polled(gfal2, urls, number) == [None] * 2


def test_who_is_not_known_is_told(grid, how):
    eve = grid.authority.person("eve", "/DC=test/CN=Eve")
    answer = _curl(grid, eve.pem)
    assert answer["status"] == 401
    assert "CN=Eve,DC=test" in answer["title"]
    grid.house.command("user", "dn", "alice", "/DC=test/CN=Eve")
    assert _curl(grid, eve.pem)[0]["path"] == "/archive/x"
    grid.house.command("user", "dn", "alice", "/DC=test/CN=Eve", "--remove")
    assert until(lambda: "status" in _curl(grid, eve.pem), 10), "forgotten at once"


def test_a_certificate_is_good_for_the_other_hot_calls(grid):
    seen = _curl(grid, grid.alice.pem, f"/api/v1/files/status?path={quote(grid.house.paths[0])}")
    assert seen["path"] == grid.house.paths[0]


def test_a_token_wins_over_a_certificate(grid):
    with grid.house.client() as http:
        asked = {"paths": grid.house.untouched(1), "store": "archive"}
        path = f"/api/v1/stage-requests/{http.post('/stage-requests', json=asked).json()['id']}"

    def told(token: str):
        return _curl(grid, grid.alice.pem, path, "-H", f"Authorization: Bearer {token}")

    assert told("way_1_no")["status"] == 401
    assert told(grid.token)["status"] == 404, "the administrator's, and not alice's"
    assert "label" in told(grid.house.token)


@pytest.mark.parametrize("how", ["http token", "token", "proxy"])
def test_xgfalclient(grid, how):
    paths = grid.house.untouched(2)
    url, other = grid.urls(how, paths)
    came = _xgfal(grid, how, "gfal-bringonline", "--polling-timeout", "60", url)
    assert "READY" in came
    assert not grid.house.wrong_bytes(paths[:1])
    number = came.split("token:")[1].split()[0]
    assert "READY" in _xgfal(grid, how, "gfal-archivepoll", "--polling-timeout", "5", url)
    assert SITE in _xgfal(grid, how, "gfal-xattr", url, "taperestapi.sitename")
    assert _xgfal(grid, how, "gfal-xattr", other, "user.status").strip().endswith("NEARLINE")
    _xgfal(grid, how, "gfal-evict", url, number)
    assert _staged(grid, paths[:1]) == ["released"]


def test_debians_own_command(grid, gfal2, how):
    url = grid.urls(how, grid.house.untouched(1))[0]
    words = ["/usr/bin/gfal-bringonline", "--timeout", "60", "--polling-timeout", "60", url]
    done = subprocess.run(
        words, env=grid.variables(how), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "READY" in done.stdout


def _xgfal(grid: Grid, how: str, command: str, *words: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).parent / command, *words],
        env=grid.variables(how),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _staged(grid: Grid, paths: list[str]) -> list[str]:
    """How the newest items of these paths stand."""
    sql = """
      SELECT DISTINCT ON (path) path, state FROM staging_item
      WHERE path = ANY(%(paths)s) ORDER BY path, request_id DESC
    """
    names = {3: "online", 6: "released"}
    found = {
        path: names.get(state, str(state)) for path, state in grid.house.rows(sql, paths=paths)
    }
    return [found[path] for path in paths]


def _curl(grid: Grid, who: Path, path: str = "", *more: str) -> dict:
    """One call through the grid port; archiveinfo when no path is said."""
    url = f"{grid.base('')}{path or '/api/tape/v1/archiveinfo'}"
    body = () if path.startswith("/api/v1") else ("--data", '{"paths": ["/archive/x"]}')
    words = ["curl", "-sS", "--cacert", str(grid.authority.certificate), "--max-time", "20"]
    answer = subprocess.run(
        [*words, "--cert", str(who), "--key", str(who), *more, *body, url],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)
