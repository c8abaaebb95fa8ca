"""Guards one run, where it runs: a program of its own that needs no more than Python 3.7.

It is laid into `.way` beside the job and knows nothing of Waystation. It makes sure that one key
never runs twice, gives the command its words and its environment without any shell, ends all its
processes, and writes down how it ended. Batch systems forget, lose and mangle these things; each
in its own way.

    python3 -I .way/runner.py [FILE DESCRIPTOR]

With a file descriptor it goes on in the background. That is a lock, which we hold until the end:
our process id is written at its beginning, an "x" at `MARK` says that nobody wants us any more,
and ours at `OVER` that all is written down.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import time
from contextlib import suppress

TICK_S = 1.0
GRACE_S = 5.0
TOLD_S = 1.0  # batch systems that tell us to end kill us soon, and then nobody ends the rest
NOT_FOUND, NOT_RUN = 127, 126
MARK, OVER = 32, 33
ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
OURS = {signal.SIGCHLD, *ENDING}
SUBREAPER, DEATH_SIGNAL = 36, 1  # of prctl(2)


class Run:
    """One run of a command.

    Args:
        way: the folder `.way`; what is beside it is the job's own.
        lock: file descriptor; None when the batch system says whether we run.
    """

    def __init__(self, way: str, lock: int | None) -> None:
        self.way = way
        self.lock = lock
        self.folder = os.path.dirname(way)
        with open(os.path.join(way, "task"), encoding="ascii") as file:
            self.task = json.load(file)
        self.began = time.time()
        self.status: int | None = None
        self.why = ""
        self.libc = ctypes.CDLL(None, use_errno=True)

    def claim(self) -> bool:
        """Whether we are the one run of this key; making a folder is atomic, also on NFS."""
        try:
            os.mkdir(os.path.join(self.way, "claim"), 0o700)
        except FileExistsError:
            return False
        return True

    def write(self, name: str, told: dict[str, object]) -> None:
        """A file that is whole when it has its name."""
        place = os.path.join(self.way, name)
        with open(place + ".part", "w", encoding="ascii") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(place + ".part", place)

    def start(self) -> int:
        """The command in a session of its own; its process id.

        Raises:
            OSError: it cannot be run.
        """
        streams = [os.open(os.devnull, os.O_RDONLY)]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW
        names = [os.path.join(self.folder, name) for name in ("stdout", "stderr")]
        streams += [os.open(name, flags, 0o640) for name in names]
        heard, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._become(streams, told)
        os.close(told)
        for each in streams:
            os.close(each)
        with open(heard, "rb") as file:
            number = file.read()
        if number:
            os.waitpid(pid, 0)
            raise OSError(int(number), os.strerror(int(number)))
        return pid

    def _become(self, streams: list[int], told: int) -> None:
        """Turn this process into the command; say why when that cannot be."""
        try:
            os.setsid()
            self.libc.prctl(DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
            for number, each in enumerate(streams):
                os.dup2(each, number)
            os.chdir(self.folder)
            for each in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (0, most))
            environment = {**os.environ, **self.task["environment"]}
            around = [
                word.replace("{folder}", self.folder) for word in self.task.get("around", ())
            ]
            command = around + self.task["command"]
            os.execvpe(command[0], command, environment)
        except BaseException as problem:
            number = getattr(problem, "errno", None) or errno.EINVAL
            with suppress(OSError):
                os.write(told, str(number).encode())
        finally:
            os._exit(NOT_RUN)

    def follow(self, pid: int) -> None:
        """Until the command has ended, or must."""
        limit = self.task["time_s"]
        while not self.why:
            got = signal.sigtimedwait(OURS, TICK_S)
            asked = got is not None and got.si_signo != signal.SIGCHLD
            self.reap(pid)
            if self.over():
                self.note_who(asked=asked)
                return
            if asked or self.cancelled():
                self.why = self.who()
            elif limit and time.time() - self.began > limit:
                self.why = "time"
            elif self.too_large():
                self.why = "memory"
        self.end(pid)

    def who(self) -> str:
        """Why we are asked to end: by our own side, or by somebody else."""
        return "cancelled" if self.cancelled() else "told"

    def note_who(self, *, asked: bool = False) -> None:
        """A command that ended while a signal came to us: batch systems tell all processes.

        Whatever its exit code is: when its children are told before it is, all may seem well.
        """
        if not self.why and (asked or signal.sigpending() & ENDING):
            self.why = self.who()

    def over(self) -> bool:
        """Whether the command has ended."""
        return self.status is not None

    def cancelled(self) -> bool:
        """Whether it was our own side that wants it ended: by the lock, or a file `stop`."""
        if self.lock is not None:
            return os.pread(self.lock, 1, MARK) == b"x"
        return os.path.lexists(os.path.join(self.way, "stop"))

    def reap(self, pid: int) -> bool:
        """Take leave of all that have ended; False when none is left."""
        while True:
            try:
                ended, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if ended == 0:
                return True
            if ended == pid:
                self.status = status

    def end(self, pid: int) -> None:
        """Ask all processes to end, then make them."""
        self.signal_all(signal.SIGTERM)
        until = time.time() + (TOLD_S if self.why == "told" else GRACE_S)
        while time.time() < until and self.reap(pid):
            signal.sigtimedwait({signal.SIGCHLD}, 0.2)
        self.kill_all(pid)

    def kill_all(self, pid: int) -> None:
        """End what is left: each round also finds what was started since the last one."""
        until = time.time() + GRACE_S
        while self.reap(pid) and time.time() < until:
            self.signal_all(signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.05)

    def signal_all(self, number: int) -> None:
        """To all processes below us; those that ran away come to us, for we are the reaper."""
        for each in descendants():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(each, number)

    def too_large(self) -> bool:
        """Whether all processes together have more memory than the task asked for."""
        limit = int(self.task["memory"])
        if not limit:
            return False
        every = descendants()
        # Memory that processes share is counted once by PSS, which is dearer to ask for.
        return sum(map(resident, every)) > limit and sum(map(proportional, every)) > limit

    def result(self, failure: OSError | None) -> dict[str, object]:
        """How it ended."""
        code = None
        if failure is not None:
            self.why = "not found" if failure.errno == errno.ENOENT else "not run"
            if self.task.get("around"):
                self.why = "no container"
            code = NOT_FOUND if failure.errno == errno.ENOENT else NOT_RUN
        elif self.status is not None:
            low = self.status & 0x7F
            code = 128 + low if low else self.status >> 8
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "key": self.task["key"],
            "code": code,
            "why": self.why,
            "words": "" if failure is None else str(failure.strerror),
            "began": self.began,
            "ended": time.time(),
            "node": socket.gethostname(),
            "cpu_s": round(used.ru_utime + used.ru_stime, 3),
            "peak": used.ru_maxrss * 1024,
        }


def parents() -> dict[int, list[int]]:
    """Children of every process."""
    found: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError, IndexError), open(f"/proc/{name}/stat", "rb") as file:
            parent = int(file.read().rpartition(b")")[2].split()[1])
            found.setdefault(parent, []).append(int(name))
    return found


def descendants() -> list[int]:
    """All processes below this one."""
    below, found = parents(), []
    waiting = [os.getpid()]
    while waiting:
        children = below.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def resident(pid: int) -> int:
    """Bytes of memory of a process, those that it shares too; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def proportional(pid: int) -> int:
    """Bytes of memory of a process, its part of those that it shares."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return resident(pid)


def main(way: str, lock: int | None = None) -> int:
    """Run it once; the exit code is the command's, as shells say it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, OURS)
    if lock is not None:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.set_inheritable(lock, False)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
    run = Run(way, lock)
    if not run.claim():
        return 0
    return guard(run)


def guard(run: Run) -> int:
    """A run that is ours."""
    run.libc.prctl(SUBREAPER, 1, 0, 0, 0)
    failure = None
    try:
        node, pid = socket.gethostname(), os.getpid()
        run.write("began", {"began": run.began, "node": node, "pid": pid, "id": identity()})
        if run.cancelled():
            run.why = "cancelled"
        else:
            pid = run.start()
            run.follow(pid)
            run.kill_all(pid)
            run.note_who()
    except OSError as problem:
        failure = problem
        sys.stderr.write(f"The command cannot be run: {problem}\n")
    result = run.result(failure)
    try:
        run.write("ended", result)
    except OSError as problem:  # the exit code may still tell
        sys.stderr.write(f"How it ended cannot be written: {problem}\n")
    if run.lock is not None:
        os.pwrite(run.lock, b"x", OVER)
    code = result["code"]
    return code if isinstance(code, int) else NOT_RUN


def identity() -> str:
    """How the batch system calls this run, where it says so."""
    told = os.environ
    if "WAYSTATION_HANDLE" in told:
        return told["WAYSTATION_HANDLE"]
    if "SLURM_ARRAY_JOB_ID" in told:
        return told["SLURM_ARRAY_JOB_ID"] + "_" + told.get("SLURM_ARRAY_TASK_ID", "")
    return told.get("SLURM_JOB_ID", "")


if __name__ == "__main__":
    HERE = os.path.dirname(os.path.abspath(__file__))
    sys.exit(main(HERE, *map(int, sys.argv[1:2])))
