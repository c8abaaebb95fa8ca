"""Another site: a simulated Tape REST server with real bytes, and back ends that ask it."""

import filecmp
import json
import random
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from certificates import ALICE, Authority, proxy
from waystation.backends.tape.wlcg_tape.backend import WlcgTape
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.kernel.clock import SystemClock
from waystation_sim.site.layout import SiteSettings
from waystation_sim.tape_rest.running import RunningTapeSite
from waystation_testing.tape import ended, news

OURS, TOKEN = "/remote", "a-good-token"

RECALL = """
import json
import sys
from pathlib import Path
from waystation.backends.tape.wlcg_tape.backend import WlcgTape
from waystation.backends.tape.wlcg_tape.config import WlcgTapeConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
told, key, *paths = sys.argv[1:]
told = json.loads(told)
places = {name: told[name] and Path(told[name]) for name in
          ("state_dir", "token_file", "certificate", "key", "ca_file")}
backend = WlcgTape(WlcgTapeConfig(**{**told, **places}), SystemClock())
print(flush=True)
backend.recall(RecallList(key, tuple(paths)))
"""


class OtherSite:
    """A `TapeWorld` around a simulated site; our paths begin with `/remote`."""

    deadline_s = 6.0
    patience_s = 40.0

    def __init__(self, running, source, config):
        self.running = running
        self.source = source
        self.config = config
        root = running.settings.namespace
        self.long = sorted(
            f"{OURS}/{path.relative_to(running.cache)}" for path in running.cache.rglob("*.long")
        )
        self.fresh = sorted(
            f"{OURS}/{path.relative_to(running.cache)}" for path in running.cache.rglob("*.dat")
        )
        random.Random(3).shuffle(self.fresh)
        assert config.prefixes == {OURS: root}

    def backend(self, clock=None, **changes):
        return WlcgTape(replace(self.config, **changes), clock or SystemClock())

    def nearline(self, count):
        return [self.fresh.pop() for _ in range(count)]

    def missing(self):
        return f"{OURS}/no/such/file"

    def there(self, path):
        return self.running.settings.namespace + path.removeprefix(OURS)

    def place(self, path):
        return self.running.place(self.there(path))

    def content_is_right(self, path):
        place = self.place(path)
        original = self.source / place.relative_to(self.running.cache)
        return filecmp.cmp(place, original, shallow=False) and place.stat().st_blocks > 0

    def accepted(self):
        return self.running.accepted()

    def break_file(self, path):
        self.running.fault("bad-file", str(self.place(path)))

    def hold(self):
        self._drives("stuck-drive")

    def let_go(self):
        self._drives("fix-drive")

    def _drives(self, kind):
        for drive in range(2):
            self.running.fault(kind, f"lib1/{drive}")

    @contextmanager
    def held(self):
        self.hold()
        try:
            yield
        finally:
            self.let_go()

    def die(self):
        self.running.kill()

    def revive(self):
        self.running.start()

    def freeze(self):
        self.running.suspend()

    def thaw(self):
        self.running.resume()

    def recall_and_die(self, wanted, after_s):
        words = [as_json(self.config), wanted.key, *wanted.paths]
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        child.stdout.readline()  # from here on it is in `recall`
        threading.Event().wait(after_s / 10)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def wrong_settings(self):
        home = self.config.state_dir.parent
        loose, empty = home / "loose", home / "empty"
        loose.mkdir(exist_ok=True)
        loose.chmod(0o777)
        empty.mkdir(exist_ok=True)
        (home / "no-token").write_text("")
        (home / "bad-token").write_text("nobody")
        ours = "token_file" if self.config.token_file else "certificate"
        nobody = {"token_file": home / "bad-token", "certificate": None, "key": None}
        changes = {
            "discovery": {"discovery": "", "endpoint": ""},
            "discovery:word": {"discovery": "webdav.example.org"},
            "discovery:no-document": {"discovery": self.running.settings.origin + "/elsewhere"},
            "discovery:nobody-there": {"discovery": "https://127.0.0.1:1", "endpoint": ""},
            "endpoint": {"endpoint": "ftp://127.0.0.1/api"},
            "endpoint:wrong": {"endpoint": self.running.settings.origin + "/api/v9"},
            f"{ours}": {"token_file": None, "certificate": None},
            "token_file:away": {"token_file": Path("/nowhere/token")},
            "token_file:empty": {"token_file": home / "no-token"},
            "token_file:refused": nobody,
            "certificate:away": {"certificate": Path("/nowhere/cert.pem")},
            "ca_file": {"ca_file": Path("/nowhere/ca.pem")},
            "ca_dir": {"ca_dir": empty},
            "list_dir": {"state_dir": Path("/nowhere/state")},
            "list_dir:open": {"state_dir": loose},
            "prefixes": {"prefixes": {OURS: "/pnfs/wrong"}},
            "prefixes:relative": {"prefixes": {OURS: "pnfs"}},
            "list_limit": {"list_limit": 0},
            "request_files": {"request_files": 0},
            "at_once": {"at_once": 0},
            "timeout_s": {"timeout_s": 0.0},
            "disk_lifetime_s": {"disk_lifetime_s": 60.0},
        }
        if ours == "certificate":
            changes["token_file"] = changes.pop("certificate")
        if not self.config.discovery:  # without WebDAV nobody knows whether a directory exists
            del changes["prefixes"], changes["discovery:no-document"]
        if self.running.settings.certificate:
            changes["ca_file:another-authority"] = {"ca_file": None}
        else:
            changes["discovery:plain"] = {"allow_http": False}
            if not self.config.discovery:
                changes["endpoint:plain"] = changes.pop("discovery:plain")
        return {subject: self.backend(**change) for subject, change in changes.items()}


def as_json(config):
    """A configuration as JSON, for another process."""
    names = ("discovery", "endpoint", "prefixes", "timeout_s", "allow_http", "request_files")
    places = ("state_dir", "token_file", "certificate", "key", "ca_file")
    told = {name: getattr(config, name) for name in names}
    return json.dumps(told | {n: str(p) if (p := getattr(config, n)) else None for n in places})


@dataclass
class Later:
    """A clock that is so far ahead."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self):
        return SystemClock().now() + self.ahead


def outcomes(world, backend, handle):
    """How the files of a list ended, by path."""
    return {path: file.outcome for path, file in news(ended(world, backend, handle)).items()}


@contextmanager
def other_site(folder, kind, how, files=50, **changes):
    """A simulated site of a flavour that runs, reached in one of three ways."""
    chance = random.Random(11)
    for dataset in range(6):
        name = f"dataset {dataset} -- ü%20" if dataset else "plain"
        place = folder / "source" / name
        place.mkdir(parents=True)
        for n in range(files):
            (place / f"f{n}.dat").write_bytes(chance.randbytes(chance.randrange(1, 40_000)))
    deep = folder / "source" / ("deep " * 40) / ("er " * 60)
    deep.mkdir(parents=True)
    for n in range(6):
        (deep / f"f{n}.long").write_bytes(chance.randbytes(2_000))
    (deep.parent / "empty").touch()
    running = RunningTapeSite(folder / "site", speed_up=20_000)
    running.archive(folder / "source", SiteSettings(drives=2))
    state = folder / "state"
    state.mkdir(mode=0o700)
    token = folder / "token"
    token.write_text(TOKEN + "\n")
    told = {"kind": kind, "changes": changes}
    me = {"token_file": token}
    if "certificate" in how or "proxy" in how:
        authority = Authority(folder / "ca")
        host, alice = authority.host(), authority.person("alice", ALICE)
        told |= {"certificate": str(host.certificate), "key": str(host.key)}
        settings = running.set_up(client_ca=str(authority.certificate), **told)
        me = {"certificate": alice.certificate, "key": alice.key}
        if "proxy" in how:
            me = {"certificate": proxy(alice, "alice-proxy").pem}
        me |= {"ca_file": authority.certificate}
    else:
        settings = running.set_up(http=how == "http token", tokens=(TOKEN,), **told)
        if settings.certificate:
            me |= {"ca_file": Path(settings.certificate)}
    found = settings.flavour.discovery
    config = WlcgTapeConfig(
        state_dir=state,
        discovery=settings.origin if found else "",
        endpoint="" if found else running.endpoint,
        roots=(Path(OURS),),
        prefixes={OURS: settings.namespace},
        allow_http=how == "http token",
        timeout_s=1.5,
        connect_timeout_s=1.0,
        request_poll_s=0.0,
        releases=settings.flavour.release != "nothing",
        **me,
    )
    with running:
        yield OtherSite(running, folder / "source", config)
