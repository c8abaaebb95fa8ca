"""Programs that move files for a task: started, heard, and gone when the task or we are."""

import os
import pwd
import selectors
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.transfer.hands.task import MoveError, Task

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_DIE_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
"""Of util-linux: the kernel kills the program when the thread that waits for it is no more."""
_TICK_S = 0.5
_READ = 2**16
_LONGEST_LINE = 2**16
_KEPT_LINES = 12
Hear = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    Attributes:
        code: it exited with; negative when a signal ended it.
        words: the last lines that nobody understood.
    """

    code: int
    words: str


def run(task: Task, words: Sequence[str], environment: Mapping[str, str], hear: Hear) -> Ended:
    """Run a program until it ends, the task is stopped, or its deadline has passed.

    Args:
        task: that it works for.
        words: program and arguments; nothing secret, for everybody can read them.
        environment: variables beside PATH, LANG and HOME; it gets nothing else of ours.
        hear: takes each line that it prints; False when it says nothing to him.

    Raises:
        MoveError: it cannot be run, or was stopped.
    """
    task.check()
    home = pwd.getpwuid(os.geteuid()).pw_dir
    told = {"PATH": _PATH, "LC_ALL": "C.UTF-8", "HOME": home, **environment}
    try:
        child = subprocess.Popen(
            [*_DIE_WITH_US, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=told,
            cwd="/",
            start_new_session=True,
        )
    except OSError as problem:
        raise MoveError(f"{words[0]} cannot be run: {problem.strerror}.") from problem
    tail: deque[str] = deque(maxlen=_KEPT_LINES)
    assert child.stdout is not None
    with closing(child.stdout):
        task.enter(child)
        try:
            tail.extend(line for line in _lines(task, child) if not hear(line))
        finally:
            task.leave(child)
    task.check()
    return Ended(child.returncode, "; ".join(tail))


def missing(*programs: str) -> list[str]:
    """Programs that are not on this machine, a sentence each."""
    wanted = [name for name in ("setpriv", *programs) if shutil.which(name, path=_PATH) is None]
    return [f"{name} is not installed on this machine." for name in wanted]


def unreadable(*files: Path | None) -> list[str]:
    """Files that cannot be read, a sentence each."""
    wanted = [file for file in files if file is not None and not os.access(file, os.R_OK)]
    return [f"{file} cannot be read by this process." for file in wanted]


def _lines(task: Task, child: subprocess.Popen[bytes]) -> Iterator[str]:
    """What it prints, until it has ended; what it started and left behind is not waited for."""
    assert child.stdout is not None
    rest = b""
    with selectors.DefaultSelector() as sight:
        sight.register(child.stdout, selectors.EVENT_READ)
        while True:
            if not sight.select(_TICK_S):
                if child.poll() is not None:
                    break
                task.check()
                continue
            data = os.read(child.stdout.fileno(), _READ)
            if not data:
                break
            *whole, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            yield from (line.decode("utf-8", "surrogateescape") for line in whole if line)
            rest = rest[-_LONGEST_LINE:]
    if rest:
        yield rest.decode("utf-8", "replace")
