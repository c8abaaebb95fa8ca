"""A few files on a few cartridges, with the back end's own parts run in this process."""

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from waystation.backends.tape.ltfs.backend import Ltfs
from waystation.backends.tape.ltfs.config import LtfsConfig, Tree
from waystation.backends.tape.ltfs.index import Index
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.backends.tape.ltfs.mover import move
from waystation.backends.tape.ltfs.scan import refresh
from waystation.backends.tape.ltfs.trees import Trees
from waystation.domains.staging.entities import ListState
from waystation.kernel.clock import SystemClock
from waystation_sim.ltfs.cartridges import Writing, write_tree

fuse_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/dev/fuse").exists(),
    reason="a FUSE mount of our own needs root and /dev/fuse",
)

ONE = ("A00001L9",)
TWO = ("A00001L9", "A00002L9")


class Small:
    """Files `f0`, `f1`, ... below a directory `set`."""

    def __init__(self, folder, *, files=4, names=ONE, copies=1, hashes=("sha256",), **changes):
        self.folder = folder
        self.mount, self.root = folder / "ltfs", folder / "cache"
        self.source, self.names = folder / "source", names
        chance = random.Random(5)
        (self.source / "set").mkdir(parents=True)
        for n in range(files):
            (self.source / "set" / f"f{n}").write_bytes(chance.randbytes(3000 + 100 * n))
        how = Writing(copies=copies, hashes=hashes)
        write_tree(self.source, self.mount, names, how=how)
        self.root.mkdir()
        (folder / "lists").mkdir(mode=0o700)
        self.config = replace(
            LtfsConfig(mount=self.mount, list_dir=folder / "lists", trees=(Tree(self.root),)),
            fsync=False,
            **changes,
        )
        self.lists = ListFolder(self.config.list_dir)
        self.index = Index(self.config.list_dir)
        self.paths = [f"{self.root}/set/f{n}" for n in range(files)]
        self.refresh()

    def refresh(self):
        return refresh(self.config, self.index)

    def backend(self, **changes):
        return Ltfs(replace(self.config, **changes), SystemClock())

    def want(self, key, paths, tape=None):
        self.lists.write(key, paths, tape)
        return key

    def move(self):
        return move(self.config, 0, SystemClock())

    def brought(self, paths=None, *, key="k", tape=None):
        """Recall here and now; what became of each file by the number in its name."""
        self.want(key, paths if paths is not None else self.paths, tape)
        assert self.move() == 1
        return self.told(key)

    def told(self, key="k"):
        report = self.backend()._report(key)
        assert report.state is ListState.ENDED
        return {int(f.path.rpartition("f")[2]): f for f in report.files}

    def entries(self, key="k"):
        return self.backend()._journal(key).entries

    def on_tape(self, n, tape=None):
        for name in (tape,) if tape else self.names:
            place = self.mount / name / "set" / f"f{n}"
            if place.exists():
                return place
        raise AssertionError(f"f{n} is on no cartridge")

    def spot(self, n):
        return Trees(self.config.trees).spot(self.paths[n])

    def copies(self, n):
        return self.index.copies([self.spot(n).on_tape])[0]

    def right(self, n):
        return Path(self.paths[n]).read_bytes() == (self.source / "set" / f"f{n}").read_bytes()

    def leftovers(self):
        return [p for p in self.root.rglob("*") if ".part" in p.name]
