"""Servers that others wrote: xrdhttp's Tape REST, and a Waystation as the other site.

xrdhttp 0.4.0 (PyPI, test dependency): its storage server follows dCache and EOS, gives `state` and
`onDisk` together, second-old moments, 204 to DELETE and, in its gfal2 style, 403 where there is no
tape. The other Waystation is a whole node with its own tapes. And the other way round:
xgfalclient, of the same author, finds our simulated site to be a Tape REST server.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from xrdhttp.testing import MemoryStore, StorageServer, Tape

from contracts.other_site import other_site
from running import House, new_house, until
from waystation.backends.tape.wlcg_tape.backend import WlcgTape
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.domains.staging.entities import ListState, Outcome, RecallList, Residency
from waystation.domains.staging.errors import BackendUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_testing.tape import ended, news, wanted

TOKEN, OURS = "xrd-token", "/remote"


class Patience:
    """How long `ended` waits."""

    patience_s = 60.0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    (folder / "token").write_text(TOKEN)
    return folder


# ------------------------------------------------------------------------------ xrdhttp's server


@pytest.fixture(params=["xrdcl", "davix"])
def server(request: pytest.FixtureRequest) -> Iterator[StorageServer]:
    files = {f"/data/f {n}.dat": b"x" * 100 for n in range(6)}
    with StorageServer(MemoryStore(files), style=request.param) as running:
        running.tokens = {TOKEN}
        running.tape = Tape(nearline=set(files))
        yield running


@pytest.fixture
def foreign(server: StorageServer, state: Path) -> WlcgTape:
    return WlcgTape(config(server.base, state, {OURS: "/data"}), SystemClock())


def config(url: str, state: Path, prefixes: dict[str, str]) -> WlcgTapeConfig:
    return WlcgTapeConfig(
        state_dir=state,
        discovery=url,
        token_file=state / "token",
        roots=tuple(Path(ours) for ours in prefixes),
        prefixes=prefixes,
        allow_http=True,
        timeout_s=5.0,
        request_poll_s=0.0,
        request_files=2,
    )


def test_a_foreign_server_stages_polls_cancels_and_releases(server, foreign):
    assert [finding for finding in foreign.check_config() if not finding.ok] == []
    paths = [f"{OURS}/f {n}.dat" for n in range(5)]
    assert {report.residency for report in foreign.locate(paths)} == {Residency.NEARLINE}
    assert foreign.locate([f"{OURS}/none"])[0].residency is Residency.MISSING
    handle = foreign.recall(wanted("foreign", paths))
    assert len(server.tape.requests) == 3
    (report,) = foreign.poll([handle])
    assert (report.state, report.files) == (ListState.WAITING, ())
    foreign.cancel(handle, paths[4:])
    assert [given for _, given in server.tape.cancelled] == [["/data/f 4.dat"]]
    server.tape.nearline.clear()
    came = news(ended(Patience, foreign, handle))
    assert {path: file.outcome for path, file in came.items()} == dict.fromkeys(
        paths[:4], Outcome.ONLINE
    )
    foreign.release(paths[:4])
    assert sorted(path for _, given in server.tape.released for path in given) == [
        f"/data/f {n}.dat" for n in range(4)
    ]
    assert {request for request, _ in server.tape.released} < set(server.tape.requests)


def test_a_foreign_server_that_lost_a_file_says_so_in_words(server, foreign):
    paths = [f"{OURS}/f {n}.dat" for n in range(2)]
    server.tape.locality["/data/f 0.dat"] = "LOST"
    server.tape.nearline.discard("/data/f 1.dat")
    report = ended(Patience, foreign, foreign.recall(wanted("lost", paths)))
    assert news(report)[paths[0]].outcome is Outcome.FAILED
    assert "LOST" in news(report)[paths[0]].words
    assert news(report)[paths[1]].outcome is Outcome.ONLINE


def test_a_foreign_server_that_does_not_know_our_token_or_has_no_tape(server, foreign, state):
    (state / "token").write_text("another")
    wrong = [finding for finding in foreign.check_config() if not finding.ok]
    assert len(wrong) == 1
    (state / "token").write_text(TOKEN)
    server.tape = None
    with pytest.raises(BackendUnavailableError):
        WlcgTape(foreign._config, SystemClock()).locate([f"{OURS}/f 0.dat"])


# -------------------------------------------------------------------------- a Waystation for us


@pytest.fixture(scope="module")
def other() -> Iterator[House]:
    """Another facility's Waystation, with its dialect on."""
    with new_house(files_each=20, WAYSTATION_DIALECTS__WLCG_TAPE__SITENAME="OTHER") as running:
        yield running


def test_a_waystation_stages_from_a_waystation(other, state):
    (state / "token").write_text(other.account("guest"))
    root = str(other.site.cache)
    prefixes = {OURS: f"/{other.store}"}
    backend = WlcgTape(config(other.url, state, prefixes), SystemClock())
    assert [finding for finding in backend.check_config() if not finding.ok] == []
    theirs = other.untouched(7)
    paths = [OURS + path.removeprefix(root) for path in theirs]
    assert {report.residency for report in backend.locate(paths)} == {Residency.NEARLINE}
    missing = f"{OURS}/no/such/file"
    once = wanted("between", [*paths[:6], missing])
    before = requests_at(other)
    handle = backend.recall(once)
    assert backend.recall(once) == handle
    came = news(ended(Patience, backend, handle))
    assert came.pop(missing).outcome is not Outcome.ONLINE
    assert {path: file.outcome for path, file in came.items()} == dict.fromkeys(
        paths[:6], Outcome.ONLINE
    )
    assert other.wrong_bytes(theirs[:6]) == []
    assert all(report.residency.on_disk for report in backend.locate(paths[:6]))
    assert requests_at(other) == before + 4
    backend.release(paths[:6])
    with other.held():
        waiting = backend.recall(wanted("cancelled", paths[6:]))
        backend.cancel(waiting, paths[6:])
        assert backend.poll([waiting])[0].state is ListState.ENDED
    assert backend.poll(["never-sent"])[0].state is ListState.UNKNOWN
    assert backend.capabilities.releases


def requests_at(other: House) -> int:
    """How many Tape REST requests it was sent so far."""
    return len(other.rows("SELECT 1 FROM wlcg_tape_stagerequest"))


def is_away(backend: WlcgTape, handle: str) -> bool:
    """Whether the other site has stopped answering; its processes end one after the other."""
    try:
        backend.poll([handle])
    except BackendUnavailableError:
        return True
    return False


def test_a_list_in_which_the_other_waystation_is_killed_still_ends(other, state):
    (state / "token").write_text(other.account("crash"))
    backend = WlcgTape(config(other.url, state, {OURS: f"/{other.store}"}), SystemClock())
    root = str(other.site.cache)
    paths = [OURS + path.removeprefix(root) for path in other.untouched(4)]
    with other.held():
        handle = backend.recall(RecallList("killed-there", tuple(paths)))
        other.kill("up")
        try:
            assert until(lambda: is_away(backend, handle), Patience.patience_s)
        finally:
            assert until(lambda: not other.left(), Patience.patience_s)
            other.start()
    came = news(ended(Patience, backend, handle))
    assert {file.outcome for file in came.values()} == {Outcome.ONLINE}


# ------------------------------------------------------------------- is our simulated site right?


@pytest.mark.parametrize("kind", ["reference", "dcache", "eos"])  # StoRM has no discovery document
def test_a_foreign_client_stages_at_the_simulated_site(kind, tmp_path):
    with other_site(tmp_path, kind, "https certificate", files=2) as site:
        config = site.config
        variables = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("X509_", "BEARER_"))},
            "X509_CERT_DIR": str(config.ca_file.parent / "certificates"),
            "X509_USER_CERT": str(config.certificate),
            "X509_USER_KEY": str(config.key),
        }
        path = next(path for path in site.fresh if "/plain/" in path)
        origin = site.running.settings.origin.replace("https://127.0.0.1", "davs://localhost")

        def gfal(command: str, *words: str) -> str:
            tool = Path(sys.executable).with_name(f"gfal-{command}")
            done = subprocess.run(
                [tool, *words],
                env=variables,
                capture_output=True,
                text=True,
                check=False,
                timeout=90,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        url = origin + site.there(path)
        assert gfal("xattr", url, "user.status") == "NEARLINE"
        assert "READY" in gfal("bringonline", "--polling-timeout", "60", url)
        assert gfal("xattr", url, "user.status") == "ONLINE_AND_NEARLINE"
        assert site.content_is_right(path)
