"""The Spectrum Archive back end, by its real command line, against a simulated site."""

import filecmp
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.entities import Residency
from waystation.domains.staging.errors import BackendRefusedError, BackendUnavailableError
from waystation.kernel.clock import SystemClock
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite
from waystation_testing.tape import TapeBackendContract, ended, wanted

RECALL = """
import sys
from pathlib import Path
from waystation.backends.tape.spectrum_archive.backend import SpectrumArchive
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
eeadm, folder, key, *paths = sys.argv[1:]
backend = SpectrumArchive(EeadmConfig(Path(eeadm), Path(folder)), SystemClock())
print(flush=True)
backend.recall(RecallList(key, tuple(paths)))
"""


class SimulatedSite:
    """A `TapeWorld` around a simulated site."""

    deadline_s = 6.0
    patience_s = 40.0

    def __init__(self, running, source, lists):
        self.running = running
        self.source = source
        self.fresh = sorted(str(path) for path in running.cache.rglob("*.dat"))
        random.Random(3).shuffle(self.fresh)
        self.config = EeadmConfig(
            eeadm=running.eeadm,
            list_dir=lists,
            roots=(running.cache,),
            libraries=("lib1", "lib2"),
            command_timeout_s=2.5,
        )

    def backend(self):
        return SpectrumArchive(self.config, SystemClock())

    def nearline(self, count):
        return [self.fresh.pop() for _ in range(count)]

    def missing(self):
        return str(self.running.cache / "no" / "such" / "file")

    def content_is_right(self, path):
        original = self.source / Path(path).relative_to(self.running.cache)
        return filecmp.cmp(path, original, shallow=False) and Path(path).stat().st_blocks > 0

    def accepted(self):
        lists = [["task", "list", "--no-header"], ["task", "list", "-c", "--no-header"]]
        ids = set()
        for words in lists:
            text = subprocess.run(
                [self.running.eeadm, *words], capture_output=True, text=True, check=True
            ).stdout
            ids |= {line.split()[0] for line in text.splitlines() if " recall " in line}
        return len(ids)

    def command_of(self, handle):
        words = [self.running.eeadm, "task", "show", handle]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def break_file(self, path):
        self.running.fault("bad-file", path)

    def hold(self):
        self._drives("stuck-drive")

    def let_go(self):
        self._drives("fix-drive")

    def _drives(self, kind):
        for library in ("lib1", "lib2"):
            for drive in range(2):
                self.running.fault(kind, f"{library}/{drive}")

    def die(self):
        self.running.kill()

    def revive(self):
        self.running.start()

    def freeze(self):
        self.running.suspend()

    def thaw(self):
        self.running.resume()

    def recall_and_die(self, wanted, after_s):
        words = [str(self.config.eeadm), str(self.config.list_dir), wanted.key, *wanted.paths]
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        child.stdout.readline()  # from here on it is in `recall`
        threading.Event().wait(after_s / 3)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def wrong_settings(self):
        loose = self.config.list_dir.with_name("loose")
        loose.mkdir(exist_ok=True)
        loose.chmod(0o777)
        plain = self.config.list_dir.with_name("eeadm-not-executable")
        plain.write_text("x")
        changes = {
            "eeadm": {"eeadm": Path("/nowhere/eeadm")},
            "eeadm:relative": {"eeadm": Path("eeadm")},
            "eeadm:not-executable": {"eeadm": plain},
            "eeadm:another-program": {"eeadm": Path("/bin/true")},
            "sudo_user": {"sudo_user": "nobody-of-this-name"},
            "sudo_user:cannot-read-lists": {"sudo_user": "nobody"},
            "list_dir": {"list_dir": Path("/nowhere/lists")},
            "list_dir:open": {"list_dir": loose},
            "root": {"roots": (Path("/nowhere/gpfs"),)},
            "libraries": {"libraries": ("lib1", "lib9")},
            "drives": {"drives": 99},
            "list_limit": {"list_limit": 0},
            "command_timeout_s": {"command_timeout_s": 0.01},
        }
        clock = SystemClock()
        return {
            subject: SpectrumArchive(replace(self.config, **change), clock)
            for subject, change in changes.items()
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ee")
    chance = random.Random(11)
    for dataset in range(6):
        place = folder / "source" / f"dataset {dataset}"
        place.mkdir(parents=True)
        for n in range(40):
            (place / f"f{n}.dat").write_bytes(chance.randbytes(chance.randrange(1, 40_000)))
    running = RunningSite(folder / "site", speed_up=4000)
    running.archive(folder / "source", SiteSettings(libraries=2, drives=2))
    lists = folder / "lists"
    lists.mkdir(mode=0o700)
    with running:
        yield SimulatedSite(running, folder / "source", lists)


class TestSpectrumArchive(TapeBackendContract):
    @pytest.fixture
    def world(self, site):
        return site


def test_a_command_that_fails_is_told_in_its_own_words(site):
    words = "GLESL500E: the node is not available."
    site.running.fault("fail", rc=9, stderr=f"GLESL001I: hello\n{words}", calls=1)
    with pytest.raises(BackendUnavailableError, match=words) as caught:
        site.backend().library()
    assert caught.value.facts["exit_code"] == 9
    assert caught.value.advice
    assert site.backend().library().drives


def test_a_slow_command_is_given_up_in_time(site):
    site.running.fault("delay", "drive", seconds=30)
    try:
        with pytest.raises(BackendUnavailableError, match="did not answer within"):
            site.backend().library()
    finally:
        site.running.fault("delay", "drive", seconds=0)


def test_what_the_file_system_hides_is_asked_in_few_calls(site, tmp_path):
    calls = tmp_path / "calls"
    spy = tmp_path / "eeadm"
    spy.write_text(f'#!/bin/sh\necho "$1 $2" >> {calls}\nexec {site.running.eeadm} "$@"\n')
    spy.chmod(0o755)
    config = replace(site.config, eeadm=spy, xattr="", paths_per_call=100)
    paths = sorted(str(path) for path in site.running.cache.rglob("*.dat"))
    asked = SpectrumArchive(config, SystemClock()).locate(paths)
    plain = site.backend().locate(paths)
    assert asked == plain
    assert calls.read_text().splitlines() == ["file state"] * 3 + ["tape list"]


def test_a_file_whose_only_cartridge_is_away_is_lost(site):
    path = site.nearline(1)[0]
    (report,) = site.backend().locate([path])
    assert report.library in {"lib1", "lib2"}
    site.running.fault("tape-state", report.tape, state="exported")
    try:
        for xattr in ("dmapi.IBMTPS", ""):
            backend = SpectrumArchive(replace(site.config, xattr=xattr), SystemClock())
            (gone,) = backend.locate([path])
            assert gone.residency is Residency.LOST
            assert gone.words
    finally:
        site.running.fault("tape-state", report.tape, state="appendable")


def test_a_recall_may_name_the_library(site):
    backend, (path,) = site.backend(), site.nearline(1)
    (report,) = backend.locate([path])
    handle = backend.recall(wanted("library", [path], library=report.library))
    assert ended(site, backend, handle).files[0].path == path
    assert f"-l {report.library}" in site.command_of(handle)
    with pytest.raises(BackendRefusedError):
        backend.recall(wanted("option", [path], library="--resident"))


def test_a_new_file_without_a_copy_is_online_and_never_released(site):
    new = site.running.cache / "new"
    new.write_bytes(b"only here")
    backend = site.backend()
    assert backend.locate([str(new)])[0].residency is Residency.ONLINE
    backend.release([str(new)])
    assert new.read_bytes() == b"only here"
