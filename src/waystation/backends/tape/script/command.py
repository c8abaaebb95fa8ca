"""Running a command of the site: a deadline, a bound on its output, nothing of our environment."""

import os
import pwd
import selectors
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO

from waystation.backends.tape.script.config import Argv
from waystation.domains.staging.errors import BackendUnavailableError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

TEMPFAIL = 75
"""EX_TEMPFAIL of sysexits.h: "temporary failure, user is invited to retry"."""

LATER = frozenset({TEMPFAIL, 126, 127})
"""Codes after which a call is made again; 126 and 127 are a shell's, for what it cannot run."""

LONGEST_LINE = 64 * 1024
"""Bytes of one line: a path (PATH_MAX is 4096) with each byte escaped, and words beside it."""

COMPLAINT = 4096
"""Bytes of standard error that are kept: the last ones."""

SHOWN = 300
"""Characters of a foreign message that are passed on."""

PIECE = 64 * 1024
SPARE = 100
"""Lines more than make sense that are read before a command is stopped."""

LOOK_S = 0.05
"""How often we look whether a command has ended whose output is still held open by another."""

ADVICE = (
    "The commands' format is in docs/how-to/any-tape-system.md; `waystation doctor` tries them."
)


@dataclass(slots=True)
class Heard:
    """What a command said so far."""

    lines: list[bytes] = field(default_factory=list)
    rest: bytes = b""
    complaint: bytes = b""

    def add(self, piece: bytes) -> None:
        """Take a piece of standard output."""
        *whole, self.rest = (self.rest + piece).split(b"\n")
        self.lines += whole

    def all_lines(self) -> list[bytes]:
        """The lines; the last one may lack its end."""
        return [*self.lines, self.rest] if self.rest else self.lines


class Command:
    """One command, as configured. Safe to use from several threads."""

    def __init__(
        self, name: str, argv: Argv, environment: Mapping[str, str], timeout_s: float
    ) -> None:
        self.name = name
        self.argv = argv
        self.timeout_s = timeout_s
        self.environment = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": _home(), **environment}

    def ask(self, question: Iterable[bytes], *, most: int) -> list[bytes]:
        """Run it with a question on its standard input; its lines.

        Args:
            question: lines.
            most: lines of an answer that make sense; one that prints more is stopped.

        Raises:
            BackendUnavailableError: it cannot be run, failed, or does not end.
        """
        with _as_file(question) as stdin:
            child = self.start(self.argv, stdin, subprocess.PIPE, subprocess.PIPE)
        try:
            heard = self._hear(child, most)
        finally:
            end(child)
        if child.returncode:
            raise self.failed(child.returncode, heard.complaint)
        return heard.all_lines()

    def start(
        self,
        argv: Sequence[str],
        stdin: IO[bytes],
        stdout: IO[bytes] | int,
        stderr: IO[bytes] | int,
    ) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own.

        Raises:
            BackendUnavailableError: it cannot be run.
        """
        try:
            return subprocess.Popen(
                argv,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=self.environment,
                cwd="/",
                start_new_session=True,
            )
        except (OSError, IndexError) as error:
            words = getattr(error, "strerror", None) or "it is empty"
            raise BackendUnavailableError(
                f"The {self.name} command {self.shown} cannot be run: {words}.",
                advice=f"Check the back end's `{self.name}` setting.",
            ) from error

    def failed(self, code: int, complaint: bytes) -> BackendUnavailableError:
        """Say that it ended badly, in its own last words."""
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        return BackendUnavailableError(
            f"The {self.name} command failed with {how}: {last_words(complaint)}",
            advice=f"Run {self.shown} by hand as our user.",
            exit_code=code,
        )

    def silent(self) -> BackendUnavailableError:
        """Say that it did not end in time."""
        return BackendUnavailableError(
            f"The {self.name} command did not end within {self.timeout_s:g} s.",
            advice="Look whether the tape system hangs, or raise `command_timeout_s`.",
        )

    def wrong(self, words: object) -> BackendUnavailableError:
        """Say that its answer cannot be used."""
        return BackendUnavailableError(
            f"The {self.name} command answered wrongly: {words}", advice=ADVICE
        )

    @property
    def shown(self) -> str:
        """The program, for people."""
        return self.argv[0] if self.argv else "(none)"

    def _hear(self, child: subprocess.Popen[bytes], most: int) -> Heard:
        """Read until it has ended; kill its group when it goes on too long or says too much."""
        assert child.stdout is not None
        assert child.stderr is not None
        heard, until = Heard(), time.monotonic() + self.timeout_s
        with selectors.DefaultSelector() as ears:
            ears.register(child.stdout, selectors.EVENT_READ)
            ears.register(child.stderr, selectors.EVENT_READ)
            while ears.get_map() or child.poll() is None:
                left = until - time.monotonic()
                if left <= 0:
                    raise self.silent()
                ready = ears.select(min(left, LOOK_S))
                if not ready and child.poll() is not None:
                    break  # what it left behind holds its output open
                for key, _ in ready:
                    piece = os.read(key.fd, PIECE)
                    if not piece:
                        ears.unregister(key.fileobj)
                    elif key.fileobj is child.stderr:
                        heard.complaint = (heard.complaint + piece)[-COMPLAINT:]
                    else:
                        heard.add(piece)
                if len(heard.lines) > most + SPARE or len(heard.rest) > LONGEST_LINE:
                    raise self.wrong(
                        f"it was stopped, for {most} lines were expected and it goes on."
                    )
        return heard


def end(child: subprocess.Popen[bytes]) -> None:
    """Kill a command with all that it started, if it still runs, and take its exit code."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for stream in (child.stdout, child.stderr):
        if stream is not None:
            stream.close()


def last_words(complaint: bytes) -> str:
    """The last line of standard error."""
    lines = [each.strip() for each in complaint.decode("utf-8", "replace").splitlines()]
    return next((each[:SHOWN] for each in reversed(lines) if each), "it said nothing.")


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:  # a number without a name, as in containers
        return "/"


@contextmanager
def _as_file(lines: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """Lines in memory that a child reads as a file: it cannot block us by not reading."""
    with os.fdopen(os.memfd_create("question"), "w+b") as file:
        file.writelines(lines)
        file.seek(0)
        yield file
