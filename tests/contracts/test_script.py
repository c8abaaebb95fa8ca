"""The script back end, with the example commands that drive a simulated site."""

import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import waystation_sim.scripts
from contracts.test_spectrum_archive import SimulatedSite
from waystation.backends.tape.script.backend import Script
from waystation.backends.tape.script.config import ScriptConfig
from waystation.domains.staging.entities import Residency
from waystation.kernel.clock import SystemClock
from waystation_sim.site.layout import SiteSettings
from waystation_sim.site.running import RunningSite
from waystation_testing.tape import TapeBackendContract, ended, wanted

SCRIPTS = Path(waystation_sim.scripts.__file__).parent
RECALL = """
import sys
from pathlib import Path
from waystation.backends.tape.script.backend import Script
from waystation.backends.tape.script.config import ScriptConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
scripts, lists, eeadm, site_lists, key, *paths = sys.argv[1:]
commands = {
    name: (sys.executable, f"{scripts}/{name}.py") for name in ("locate", "recall", "poll")
}
variables = {"EEADM": eeadm, "LISTS": site_lists}
config = ScriptConfig(**commands, list_dir=Path(lists), environment=variables)
backend = Script(config, SystemClock())
print(flush=True)
backend.recall(RecallList(key, tuple(paths)))
"""


class ScriptedSite(SimulatedSite):
    """A `TapeWorld` around the example commands over a simulated site."""

    deadline_s = 8.0

    def __init__(self, running, source, lists):
        super().__init__(running, source, lists)
        self.site_lists = lists.with_name("site lists")
        self.site_lists.mkdir()
        self.config = ScriptConfig(
            **{
                name: (sys.executable, "-I", str(SCRIPTS / f"{name}.py"))
                for name in ("locate", "recall", "poll", "cancel", "release", "library")
            },
            list_dir=lists,
            environment={"EEADM": str(running.eeadm), "LISTS": str(self.site_lists)},
            roots=(running.cache,),
            sees_tape=True,
            finds_keys=True,
            command_timeout_s=4.0,
        )

    def backend(self):
        return Script(self.config, SystemClock())

    def recall_and_die(self, wanted, after_s):
        places = [SCRIPTS, self.config.list_dir, self.running.eeadm, self.site_lists]
        words = [*map(str, places), wanted.key, *wanted.paths]
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        child.stdout.readline()  # from here on it is in `recall`
        threading.Event().wait(after_s / 3)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def wrong_settings(self):
        folder = self.config.list_dir.with_name("wrong")
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)

        def command(name, text, mode=0o755):
            made = folder / name
            made.write_text(text)
            made.chmod(mode)
            return (str(made),)

        says = '#!/bin/sh\nwhile read -r line; do echo "%s"; done\n'
        changes = {
            "list_dir": {"list_dir": Path("/nowhere/lists")},
            "list_dir:open": {"list_dir": folder},
            "root": {"roots": (Path("relative"),)},
            "lists": {"lists": 0},
            "list_limit": {"list_limit": 0},
            "command_timeout_s": {"command_timeout_s": 0.01},
            "sees_position": {"sees_position": True, "sees_tape": False},
            "environment": {"environment": {**self.config.environment, "NO NAME": "x"}},
            "locate": {"locate": ()},
            "locate:relative": {"locate": ("locate",)},
            "recall:nowhere": {"recall": ("/nowhere/recall",)},
            "recall:not-executable": {"recall": command("plain", "x", 0o644)},
            "recall:open": {"recall": command("open", "#!/bin/sh\n", 0o777)},
            "locate:another-program": {"locate": ("/bin/true",)},
            "locate:fails": {"locate": ("/bin/false",)},
            "locate:no-json": {"locate": command("prose", says % "it is on tape")},
            "poll:another-program": {"poll": ("/bin/true",)},
            "poll:echo": {"poll": ("/bin/cat",)},
            "library:another-program": {"library": ("/bin/hostname",)},
        }
        return {
            subject: Script(replace(self.config, **change), SystemClock())
            for subject, change in changes.items()
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripted")
    chance = random.Random(12)
    for dataset in range(4):
        place = folder / "source" / f'data"set {dataset}'
        place.mkdir(parents=True)
        for n in range(40):
            (place / f"größe {n}.dat").write_bytes(chance.randbytes(chance.randrange(1, 40_000)))
    running = RunningSite(folder / "site", speed_up=4000)
    running.archive(folder / "source", SiteSettings(libraries=2, drives=2))
    lists = folder / "lists"
    lists.mkdir(mode=0o700)
    with running:
        yield ScriptedSite(running, folder / "source", lists)


class TestScript(TapeBackendContract):
    @pytest.fixture
    def world(self, site):
        return site


def test_one_process_is_asked_for_thousands_of_paths(site, tmp_path):
    calls = tmp_path / "calls"
    spy = tmp_path / "locate"
    python, _, script = site.config.locate
    spy.write_text(f'#!/bin/sh\necho called >> "{calls}"\nexec {python} -I "{script}"\n')
    spy.chmod(0o755)
    paths = sorted(str(path) for path in site.running.cache.rglob("*.dat"))
    asked = Script(replace(site.config, locate=(str(spy),)), SystemClock()).locate(paths)
    assert [report.path for report in asked] == paths
    assert calls.read_text().splitlines() == ["called"]


def test_a_new_file_without_a_copy_is_online_and_never_released(site):
    new = site.running.cache / "new"
    new.write_bytes(b"only here")
    backend = site.backend()
    assert backend.locate([str(new)])[0].residency is Residency.ONLINE
    backend.release([str(new)])
    assert new.read_bytes() == b"only here"


def test_what_the_settings_do_not_claim_is_not_believed(site):
    modest = Script(
        replace(site.config, sees_tape=False, cancel=(), release=(), library=()), SystemClock()
    )
    abilities = modest.capabilities
    assert {abilities.sees_tape, abilities.cancels, abilities.releases} == {False}
    (path,) = site.nearline(1)
    assert modest.locate([path])[0].tape is None
    assert modest.library().drives == ()
    handle = modest.recall(wanted("modest", [path]))
    modest.cancel(handle, [path])
    ended(site, modest, handle)
    modest.release([path])
    assert modest.locate([path])[0].residency.on_disk
