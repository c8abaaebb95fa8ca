"""The LTFS back end against simulated cartridges: real trees, attributes, bytes and processes."""

import fcntl
import filecmp
import random
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from running import until
from unit.ltfs.small import fuse_mounts
from waystation.backends.tape.ltfs.backend import Ltfs
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.domains.staging.entities import Outcome, Residency
from waystation.domains.staging.errors import BackendRefusedError
from waystation.domains.staging.ports import Timings
from waystation.kernel.clock import SystemClock
from waystation_sim.ltfs import faults
from waystation_sim.ltfs.cartridges import Writing, position, write_tree
from waystation_testing.tape import TapeBackendContract, ended, news, wanted

NAMES = ("A00001L9", "A00002L9", "A00003L9")

RECALL = """
import sys
from pathlib import Path
from waystation.backends.tape.ltfs.backend import Ltfs
from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.domains.staging.entities import RecallList
from waystation.kernel.clock import SystemClock
settings, key, *paths = sys.argv[1:]
backend = Ltfs(LtfsConfig.from_json(Path(settings).read_bytes()), SystemClock())
print(flush=True)
backend.recall(RecallList(key, tuple(paths)))
"""


class MountedCartridges:
    """A `TapeWorld` of directories; a FUSE mount without a daemon plays the dead LTFS."""

    deadline_s = 6.0
    patience_s = 40.0

    def __init__(self, folder):
        self.folder = folder
        self.source = folder / "source"
        self.mount = folder / "ltfs"
        self.root = folder / "cache"
        chance = random.Random(11)
        for dataset in range(6):
            place = self.source / f"dataset {dataset}"
            place.mkdir(parents=True)
            for n in range(40):
                size = chance.randrange(1, 40_000)
                (place / f"f{n} -- x.dat").write_bytes(chance.randbytes(size))
        write_tree(self.source, self.mount, NAMES, below="archive")
        (folder / "lists").mkdir(mode=0o700)
        self.root.mkdir()
        self.config = LtfsConfig(
            mount=self.mount,
            list_dir=folder / "lists",
            trees=(Tree(self.root, "archive"),),
            drives=2,
            timeout_s=2.5,
        )
        self.fresh = [str(self.root / p.relative_to(self.source)) for p in self.every()]
        chance.shuffle(self.fresh)
        self.held = ExitStack()
        self.daemon = faults.Daemonless(self.mount)

    def every(self):
        return sorted(path for path in self.source.rglob("*") if path.is_file())

    def backend(self):
        return Ltfs(self.config, SystemClock())

    def nearline(self, count):
        return [self.fresh.pop() for _ in range(count)]

    def missing(self):
        return str(self.root / "no" / "such" / "file")

    def content_is_right(self, path):
        return filecmp.cmp(path, self.source / Path(path).relative_to(self.root), shallow=False)

    def accepted(self):
        return len(list(self.config.list_dir.glob("*.list")))

    def on_tape(self, path):
        (place,) = self.mount.glob(f"*/archive/{Path(path).relative_to(self.root)}")
        return place

    def break_file(self, path):
        faults.truncate(self.on_tape(path))

    def hold(self):
        """Somebody else has every drive."""
        for number in range(self.config.drives):
            place = self.config.list_dir / f"waystation-drive.{number}.lock"
            lock = self.held.enter_context(place.open("ab"))
            fcntl.flock(lock, fcntl.LOCK_EX)

    def let_go(self):
        self.held.close()

    def die(self):
        self.daemon.die()

    def revive(self):
        self.daemon.end()

    def freeze(self):
        self.daemon.hang()

    def thaw(self):
        self.daemon.end()

    def recall_and_die(self, wanted, after_s):
        settings = self.folder / "settings.json"
        settings.write_bytes(self.config.as_json())
        words = [str(settings), wanted.key, *wanted.paths]
        child = subprocess.Popen([sys.executable, "-c", RECALL, *words], stdout=subprocess.PIPE)
        child.stdout.readline()  # from here on it is in `recall`
        threading.Event().wait(after_s / 20)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def wrong_settings(self):
        loose, empty, sums = (self.folder / name for name in ("loose", "empty", "sums"))
        loose.mkdir(exist_ok=True)
        loose.chmod(0o777)
        empty.mkdir(exist_ok=True)
        sums.write_text("nothing that looks like a checksum\n")
        on_tape = self.mount / NAMES[0] / "archive"
        changes = {
            "mount": {"mount": Path("/nowhere/ltfs")},
            "mount:empty": {"mount": empty},
            "mount:the-library": {"one_cartridge": True, "drives": 1},
            "list_dir": {"list_dir": Path("/nowhere/lists")},
            "list_dir:open": {"list_dir": loose},
            "root": {"trees": (Tree(Path("/nowhere/cache"), "archive"),)},
            "root:none": {"trees": ()},
            "root:on-tape": {"trees": (Tree(on_tape, "archive"),)},
            "sources": {"trees": (Tree(self.root, "no-such-directory"),)},
            "sources:outside": {"trees": (Tree(self.root, "../etc"),)},
            "drives": {"drives": 0},
            "drives:one": {"mount": self.mount / NAMES[0], "one_cartridge": True},
            "list_limit": {"list_limit": 0},
            "timeout_s": {"timeout_s": 0.2},
            "fresh_s": {"fresh_s": -1.0},
            "checksums": {"checksums": Path("/nowhere/sums")},
            "checksums:other": {"checksums": sums},
        }
        clock = SystemClock()
        return {name: Ltfs(replace(self.config, **c), clock) for name, c in changes.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return MountedCartridges(tmp_path_factory.mktemp("ltfs"))


class TestLtfs(TapeBackendContract):
    @pytest.fixture
    def world(self, site):
        return site

    # " -- " is harmless here: no command line is made. The files of this world have it.
    @pytest.mark.parametrize("name", ["--resident", "relative/name", "/a\n/etc/passwd", "/a\0b"])
    def test_names_that_could_inject_are_refused(self, world, name):
        super().test_names_that_could_inject_are_refused(world, name)

    @fuse_mounts
    @pytest.mark.parametrize(("take", "give"), [("die", "revive"), ("freeze", "thaw")])
    def test_a_dead_or_silent_system_is_unavailable_in_time(self, world, take, give):
        super().test_a_dead_or_silent_system_is_unavailable_in_time(world, take, give)

    @fuse_mounts
    def test_a_recall_refused_by_a_dead_system_comes_with_the_same_key(self, world):
        super().test_a_recall_refused_by_a_dead_system_comes_with_the_same_key(world)

    @fuse_mounts
    def test_a_list_running_when_the_system_dies_ends_or_is_unknown(self, world):
        super().test_a_list_running_when_the_system_dies_ends_or_is_unknown(world)


def test_positions_are_those_of_ltfs_and_sizes_those_of_the_files(site):
    paths = site.nearline(5)
    for report in site.backend().locate(paths):
        place = site.on_tape(report.path)
        assert report.tape == place.relative_to(site.mount).parts[0]
        assert report.position == position(place)
        assert report.size_bytes == place.stat().st_size


def test_a_file_comes_with_its_times_and_says_how_it_was_checked(site):
    backend, (path,) = site.backend(), site.nearline(1)
    # The index may still be of a moment when another test had taken the cartridges away.
    assert until(lambda: backend.locate([path])[0].residency is Residency.NEARLINE, 60)
    (told,) = ended(site, backend, backend.recall(wanted("times", [path]))).files
    assert told.words == ""  # by the checksum on the tape
    assert Path(path).stat().st_mtime_ns == site.on_tape(path).stat().st_mtime_ns
    assert not list(Path(path).parent.glob(".waystation-*"))


def test_paths_outside_of_the_stores_are_refused(site, tmp_path):
    backend, inside = site.backend(), site.nearline(1)
    for path in ("/etc/passwd", f"{site.root}/../x", f"{site.root}//x", f"{site.root}/./x"):
        with pytest.raises(BackendRefusedError):
            backend.recall(wanted("outside", [*inside, path]))
        assert backend.locate([path])[0].residency is Residency.MISSING


def test_links_are_followed_neither_on_disk_nor_on_tape(site, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("x")
    (site.mount / NAMES[0] / "archive" / "link").symlink_to(outside)
    (site.root / "way out").symlink_to(outside)
    backend = site.backend()
    paths = [f"{site.root}/link/secret", f"{site.root}/way out/secret"]
    assert {r.residency for r in backend.locate(paths)} == {Residency.MISSING}
    report = ended(site, backend, backend.recall(wanted("links", paths)))
    assert {file.outcome for file in report.files} == {Outcome.FAILED}
    backend.release(paths)
    assert (outside / "secret").exists()
    assert not (site.root / "link").exists()


def test_what_was_read_and_when_is_told(site):
    backend, paths = site.backend(), site.nearline(6)
    assert isinstance(backend, Timings)
    places = {r.path: (r.tape, r.position) for r in backend.locate(paths)}
    handle = backend.recall(wanted("when", sorted(paths, key=places.__getitem__)))
    ended(site, backend, handle)
    (runs,) = backend.timings([handle])
    assert backend.timings(["no-such-handle", "../x"]) == [(), ()]
    read = [(run.tape, file.position) for run in runs for file in run.files]
    assert read == sorted(places.values())
    for run in runs:
        moments = [moment for file in run.files for moment in (file.first_s, file.end_s)]
        assert moments == sorted(moments)


def test_one_cartridge_may_be_the_whole_library(site, tmp_path):
    write_tree(site.source, tmp_path / "sde", ["S00001L9"], how=Writing(hashes=()))
    (tmp_path / "lists").mkdir(mode=0o700)
    (tmp_path / "cache").mkdir()
    config = LtfsConfig(
        mount=tmp_path / "sde" / "S00001L9",
        list_dir=tmp_path / "lists",
        trees=(Tree(tmp_path / "cache"),),
        one_cartridge=True,
    )
    backend = Ltfs(config, SystemClock())
    path = str(tmp_path / "cache" / "dataset 0" / "f1 -- x.dat")
    (report,) = backend.locate([path])
    assert (report.residency, report.tape) == (Residency.NEARLINE, "S00001")
    (told,) = news(ended(site, backend, backend.recall(wanted("sde", [path])))).values()
    assert told.outcome is Outcome.ONLINE
    assert "size only" in told.words
