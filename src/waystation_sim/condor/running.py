"""A Python whose bindings of HTCondor lead to a look-alike."""

import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path

from waystation_sim.condor.pool import Pool, opened

_CODE = "import sys; sys.path[:0] = {path!r}; \
from waystation_sim.condor.bindings import serve; serve({home!r}, sys.argv[-1])"


def interpreter(home: Path, slots: int) -> Path:
    """A program that is called as `INTERPRETER -I -c PROGRAM`, with a pool in this folder."""
    home.mkdir(parents=True, exist_ok=True)
    with opened(home) as pool:
        pool.slots = slots
    code = _CODE.format(path=[each for each in sys.path if each], home=str(home))
    place = home / "python"
    place.write_text(f'#!/bin/sh\nexec {sys.executable} -I -c {shlex.quote(code)} "$@"\n')
    place.chmod(0o755)
    return place


def changed(home: Path) -> contextlib.AbstractContextManager[Pool]:
    """The pool itself, to break it."""
    return opened(home)


def close(home: Path) -> None:
    """No job is left."""
    with opened(home) as pool:
        for job in pool.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)
