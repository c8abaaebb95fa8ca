"""The ScoutAM back end, by its real wire (HTTPS), against a simulated ScoutAM with real bytes."""

import filecmp
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.domains.staging.entities import ListState, Outcome, Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.scoutam.running import RunningScoutAM
from waystation_sim.site.layout import SiteSettings
from waystation_testing.tape import TapeBackendContract, becomes, ended, news, wanted

RECALL = """
import sys
from pathlib import Path
from waystation.backends.tape.scoutam.backend import ScoutAM
from waystation.backends.tape.scoutam.config import ScoutAMConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
urls, password, folder, ca_file, key, *paths = sys.argv[1:]
config = ScoutAMConfig(tuple(urls.split()), "stager", password, Path(folder), "t", Path(ca_file))
backend = ScoutAM(config, SystemClock())
print(flush=True)
backend.recall(RecallList(key, tuple(paths)))
"""


class SimulatedScoutAM:
    """A `TapeWorld` around a simulated ScoutAM of two nodes."""

    deadline_s = 6.0
    patience_s = 40.0

    def __init__(self, running, source, state):
        self.running = running
        self.source = source
        self.fresh = sorted(str(path) for path in running.cache.rglob("*.dat"))
        random.Random(3).shuffle(self.fresh)
        settings = running.settings
        self.config = ScoutAMConfig(
            urls=running.urls,
            account=settings.account,
            password=settings.password,
            state_dir=state,
            topic="stage-news",
            ca_file=Path(settings.certificate),
            roots=(running.cache,),
            timeout_s=1.5,
            connect_timeout_s=1.0,
            node_pause_s=0.5,
            look_after_s=0.0,
            releases=True,
        )

    def backend(self):
        return ScoutAM(self.config, SystemClock())

    def nearline(self, count):
        return [self.fresh.pop() for _ in range(count)]

    def missing(self):
        return str(self.running.cache / "no" / "such" / "file")

    def content_is_right(self, path):
        original = self.source / Path(path).relative_to(self.running.cache)
        return filecmp.cmp(path, original, shallow=False) and Path(path).stat().st_blocks > 0

    def accepted(self):
        return self.running.accepted()

    def break_file(self, path):
        self.running.fault("bad-file", path)

    def hold(self):
        self._drives("stuck-drive")

    def let_go(self):
        self._drives("fix-drive")

    def _drives(self, kind):
        for drive in range(2):
            self.running.fault(kind, f"lib1/{drive}")

    def die(self):
        self.running.kill()

    def revive(self):
        self.running.start()

    def freeze(self):
        self.running.suspend()

    def thaw(self):
        self.running.resume()

    def recall_and_die(self, wanted, after_s):
        settings = self.running.settings
        words = [" ".join(self.running.urls), settings.password, str(self.config.state_dir)]
        words += [settings.certificate, wanted.key, *wanted.paths]
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        child.stdout.readline()  # from here on it is in `recall`
        threading.Event().wait(after_s / 10)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def wrong_settings(self):
        loose = self.config.state_dir.with_name("loose")
        loose.mkdir(exist_ok=True)
        loose.chmod(0o777)
        changes = {
            "urls": {"urls": ()},
            "urls:plain": {"urls": ("http://127.0.0.1:1",)},
            "urls:nobody-there": {"urls": ("https://127.0.0.1:1",)},
            "urls:another-authority": {"ca_file": None},
            "account": {"account": ""},
            "account:unknown": {"account": "nobody"},
            "password": {"password": ""},
            "account:wrong-password": {"password": "wrong"},
            "topic": {"topic": ""},
            "prefix": {"prefix": "/v9"},
            "prefix:relative": {"prefix": "v1/"},
            "fscache": {"fscache": "/cachestate"},
            "ca_file": {"ca_file": Path("/nowhere/ca.pem")},
            "state_dir": {"state_dir": Path("/nowhere/state")},
            "state_dir:open": {"state_dir": loose},
            "root": {"roots": (Path("/nowhere/scoutfs"),)},
            "root:relative": {"roots": (Path("scoutfs"),)},
            "list_limit": {"list_limit": 0},
            "list_limit:too-many": {"list_limit": 20_000},
            "at_once": {"at_once": 0},
            "timeout_s": {"timeout_s": 0.0},
        }
        return {
            subject: ScoutAM(replace(self.config, **change), SystemClock())
            for subject, change in changes.items()
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scoutam")
    chance = random.Random(11)
    for dataset in range(6):
        place = folder / "source" / f"dataset {dataset} -- ü"
        place.mkdir(parents=True)
        for n in range(40):
            (place / f"f{n}.dat").write_bytes(chance.randbytes(chance.randrange(1, 40_000)))
    running = RunningScoutAM(folder / "site", speed_up=20_000)
    running.archive(folder / "source", SiteSettings(drives=2))
    running.set_up(nodes=2)
    state = folder / "state"
    state.mkdir(mode=0o700)
    with running:
        yield SimulatedScoutAM(running, folder / "source", state)


class TestScoutAM(TapeBackendContract):
    @pytest.fixture
    def world(self, site):
        return site

    # " -- " is harmless on this wire (JSON): the files of this world have it in their names.
    @pytest.mark.parametrize("name", ["--resident", "relative/name", "/a\n/etc/passwd", "/a\0b"])
    def test_names_that_could_inject_are_refused(self, world, name):
        super().test_names_that_could_inject_are_refused(world, name)

    def test_a_failure_is_told_for_the_file_and_the_rest_comes(self, world):
        """Failures are told by Kafka only (tests/bad_days/test_kafka.py); `poll` stays quiet."""
        backend, paths = world.backend(), world.nearline(4)
        world.break_file(paths[1])
        handle = backend.recall(wanted("partial", paths))
        good = set(paths) - {paths[1]}
        assert becomes(world, lambda: set(news(backend.poll([handle])[0])) == good)
        (report,) = backend.poll([handle])
        assert report.state is ListState.RUNNING
        assert {file.outcome for file in report.files} == {Outcome.ONLINE}
        backend.cancel(handle, [paths[1]])
        assert backend.poll([handle])[0].state is ListState.ENDED


def test_a_token_that_ran_out_is_renewed_once(site):
    backend, (path,) = site.backend(), site.nearline(1)
    assert backend.locate([path])[0].residency is Residency.NEARLINE
    site.running.fault("scout-403", calls=1)
    assert backend.locate([path])[0].residency is Residency.NEARLINE
    site.running.fault("scout-403", calls=1000)
    try:
        with pytest.raises(BackendUnavailableError, match="403") as caught:
            backend.locate([path])
        assert caught.value.advice
    finally:
        site.running.fault("scout-403", calls=0)
    assert backend.locate([path])[0].residency is Residency.NEARLINE


def test_a_restart_forgets_tokens_and_nobody_notices(site):
    backend, (path,) = site.backend(), site.nearline(1)
    backend.locate([path])
    site.die()
    site.revive()
    assert backend.locate([path])[0].residency is Residency.NEARLINE


def test_a_node_that_hangs_or_fails_is_passed_by(site):
    backend, paths = site.backend(), site.nearline(3)
    site.running.fault("scout-hang", "0")
    try:
        for _ in range(3):  # the first may find out, the rest know
            reports = backend.locate(paths)
            assert {report.residency for report in reports} == {Residency.NEARLINE}
        began = time.monotonic()
        for _ in range(10):
            backend.library()
        assert time.monotonic() - began < 4.0
    finally:
        site.running.fault("scout-answer", "0")
    site.running.fault("scout-500", calls=1)
    assert backend.locate(paths[:1])[0].residency is Residency.NEARLINE


def test_a_slow_node_is_waited_for_and_a_silent_system_is_not(site):
    backend, paths = site.backend(), site.nearline(1)
    site.running.fault("scout-slow", seconds=0.3)
    assert backend.locate(paths)[0].residency is Residency.NEARLINE
    site.running.fault("scout-slow", seconds=30)
    try:
        with pytest.raises(BackendUnavailableError, match="no answer in time"):
            backend.locate(paths)
    finally:
        site.running.fault("scout-slow", seconds=0)


def test_an_order_that_was_not_answered_is_sent_again_and_starts_nothing_twice(site):
    backend, paths, before = site.backend(), site.nearline(3), site.accepted()
    once = wanted("doubt", paths)
    for _ in site.running.urls:
        backend.library()  # logged in everywhere: the next call is the order itself
    site.running.fault("scout-mute", calls=1)
    with pytest.raises(BackendUnavailableError):
        backend.recall(once)
    assert site.accepted() == before + 1  # it was taken all the same
    assert len(news(ended(site, backend, backend.recall(once)))) == 3
    assert site.accepted() == before + 1


def test_a_restart_of_scoutam_keeps_what_it_accepted(site):
    backend, paths = site.backend(), site.nearline(2)
    site.hold()
    handle = backend.recall(wanted("kept", paths))
    site.die()
    site.revive()
    assert len(news(ended(site, backend, handle))) == 2


def test_lists_are_cut_by_paths_and_by_bytes_and_none_is_empty(site, tmp_path):
    config = replace(site.config, state_dir=tmp_path)
    long = [f"{site.running.cache}/none/{n:05}{'x' * 600}" for n in range(10_000)]
    with site.running.calls() as made:
        backend = ScoutAM(config, SystemClock())
        handle = backend.recall(wanted("long", long))
        backend.cancel(handle, long)
        backend.cancel(handle, long)
        backend.locate([])
        backend.poll([])
        backend.release([])
    for name in ("batchstage", "cancelbatchstage"):
        sizes = [size for _, call, size in made if call.endswith(f"/{name}")]
        assert len(sizes) == 2
        assert all(1_000_000 < size < 4_000_000 for size in sizes)
    assert {call for _, call, _ in made} == {
        "/v1/security/login",
        "/v1/request/batchstage",
        "/v1/request/cancelbatchstage",
    }
    with pytest.raises(BackendRefusedError, match="10000 is the most"):
        backend.recall(wanted("more", [*long, f"{site.running.cache}/one more"]))


def test_silent_files_are_asked_for_slowly(site):
    backend = ScoutAM(replace(site.config, look_after_s=0.0, looks_per_poll=3), SystemClock())
    paths = site.nearline(7)
    site.hold()
    try:
        handle = backend.recall(wanted("slow", paths))
        ScoutAM(site.config, SystemClock()).cancel(handle, paths[:1])
        assert backend.poll([handle])[0].files == ()
    finally:
        site.let_go()
    seen = []

    def all_came():
        seen.append(len(backend.poll([handle])[0].files))
        return backend.poll([handle])[0].state is ListState.ENDED

    assert becomes(site, all_came)
    assert all(later - earlier <= 6 for earlier, later in pairwise(seen))
    patient = ScoutAM(replace(site.config, look_after_s=3600.0), SystemClock())
    assert patient.poll([handle])[0].files == ()
    assert patient.poll([handle])[0].state is ListState.RUNNING


def test_scoutam_in_trouble_is_told_in_its_own_words(site):
    backend = site.backend()
    state = backend.cache()
    assert state.free > 0
    assert state.whole > state.free
    assert not state.broken
    site.running.fault("scout-health", calls=3)
    try:
        with pytest.raises(BackendUnavailableError, match="metadata server is away"):
            backend.library()
    finally:
        site.running.fault("scout-health", calls=1)


def test_at_least_twenty_thousand_files_may_be_with_scoutam(site):
    able = site.backend().capabilities
    assert able.list_limit * able.slots >= 20_000
    assert not able.sees_tape
    assert not ScoutAM(replace(site.config, releases=False), SystemClock()).capabilities.releases
