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
from waystation.kernel.clock import SystemClock
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite
from waystation_testing.tape import TapeBackendContract

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
            command_timeout_s=4.0,
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
