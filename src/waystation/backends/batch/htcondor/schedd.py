"""Calls to the program that speaks to HTCondor (`asking.py`), each with a deadline."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import IO, TypeVar

import msgspec

from waystation.backends.batch.hands.program import Person, missing
from waystation.backends.batch.htcondor import description
from waystation.backends.batch.htcondor.config import HTCondorConfig
from waystation.backends.batch.htcondor.records import Ad, Point, Slot
from waystation.domains.jobs.errors import BatchUnavailableError

PACKAGE = "htcondor"
_ASKING = Path(__file__).with_name("asking.py")
_PIECE = 2**18
_CHUNK = 1000
_JOB = list(Ad.__struct_encode_fields__)
Said = TypeVar("Said")


class Answer(msgspec.Struct, frozen=True):
    """Of one call: what was said, or why nothing."""

    said: msgspec.Raw = msgspec.Raw(b"null")
    words: str = ""
    missing: bool = False


class Schedd:
    """An access point. Safe to use from several threads: they take turns."""

    def __init__(self, config: HTCondorConfig) -> None:
        self._config = config
        self.person = Person(config.run_as)
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def complaints(self) -> list[str]:
        """What a person has to mend, a sentence each; HTCondor itself is not asked."""
        config, found = self._config, self.person.complaints()
        if config.helper:
            found += missing([config.helper])
        if config.conf is not None and not config.conf.is_file():
            found.append(f"There is no file {config.conf}.")
        if found:
            return found
        try:
            answer = self._call("ready")
        except BatchUnavailableError as problem:
            return [str(problem)]
        return [_absent(config.helper)] if answer.missing else []

    def submit(self, commands: Mapping[str, str], items: Sequence[Mapping[str, str]]) -> list[str]:
        """Hand over a cluster of jobs; their handles, in their order."""
        answer = self._asked("submit", list[int], commands=commands, items=items)
        cluster, first, number = answer if len(answer) == 3 else (0, 0, 0)  # noqa: PLR2004
        if number != len(items):
            raise BatchUnavailableError(f"HTCondor took {number} of {len(items)} jobs.")
        return [description.handle(cluster, first + n) for n in range(number)]

    def queue(self, constraint: str) -> dict[str, Ad]:
        """Jobs that are in the queue, by handle."""
        found = self._asked("query", list[Ad], constraint=constraint, projection=_JOB)
        return {each.handle: each for each in found}

    def history(self, constraint: str, most: int) -> dict[str, Ad]:
        """Jobs that have left it, by handle; no more than so many are looked for."""
        found = self._asked(
            "history", list[Ad], constraint=constraint, projection=_JOB, match=most
        )
        return {each.handle: each for each in found}

    def remove(self, handles: Sequence[str]) -> None:
        """End jobs; all of them must be in the queue."""
        for n in range(0, len(handles), _CHUNK):
            barred = self._asked("remove", int, jobs=list(handles[n : n + _CHUNK]))
            if barred:
                raise BatchUnavailableError(
                    f"HTCondor did not end {barred} jobs, for want of rights."
                )

    def pool(self) -> tuple[list[Slot], list[Point]]:
        """All slots and access points."""
        return self._asked("depth", tuple[list[Slot], list[Point]])

    def close(self) -> None:
        """The program ends. Can be called twice."""
        with self._turn:
            self._end()

    # ---------------------------------------------------------------------------------- one call

    def _asked(self, call: str, kind: type[Said], **more: object) -> Said:
        answer = self._call(call, **more)
        if answer.missing:
            raise BatchUnavailableError(_absent(self._config.helper))
        if answer.words:
            raise BatchUnavailableError(f"HTCondor: {answer.words.rstrip('.')}.")
        try:
            return msgspec.json.decode(answer.said, type=kind)
        except msgspec.MsgspecError as problem:
            raise BatchUnavailableError(f"HTCondor's answer is strange: {problem}.") from problem

    def _call(self, call: str, **more: object) -> Answer:
        wait = self._config.timeout_s
        until = time.monotonic() + wait
        if not self._turn.acquire(timeout=wait):
            raise BatchUnavailableError(f"HTCondor is busy with others for {wait:g} seconds.")
        try:
            told = json.dumps({"call": call, "within": wait, **more})
            return self._heard(f"{told}\n".encode(), until)
        except (OSError, msgspec.MsgspecError) as problem:
            self._end()
            raise BatchUnavailableError(
                f"The program that speaks to HTCondor failed: {problem}."
            ) from problem
        finally:
            self._turn.release()

    def _heard(self, line: bytes, until: float) -> Answer:
        """The answer to one line; the program is ended when there is none in time."""
        child = self._lives()
        assert child.stdin is not None
        assert child.stdout is not None
        while line:
            self._wait(child.stdin, select.POLLOUT, until)
            line = line[os.write(child.stdin.fileno(), line) :]
        heard = b""
        while not heard.endswith(b"\n"):
            self._wait(child.stdout, select.POLLIN, until)
            piece = os.read(child.stdout.fileno(), _PIECE)
            if not piece:
                raise BrokenPipeError("it has ended")
            heard += piece
        return msgspec.json.decode(heard, type=Answer)

    def _wait(self, end: IO[bytes], event: int, until: float) -> None:
        """Until it can be read or written; the program is ended when that is too late."""
        waiting = select.poll()  # select() knows no more than 1,024 files of a process
        waiting.register(end, event)
        if not waiting.poll(max(0, until - time.monotonic()) * 1000):
            self._end()
            wait = f"{self._config.timeout_s:g}"
            raise BatchUnavailableError(f"HTCondor did not answer within {wait} seconds.")

    def _lives(self) -> subprocess.Popen[bytes]:
        """The program, begun when it does not run."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        config = self._config
        more = {} if config.conf is None else {"CONDOR_CONFIG": str(config.conf)}
        self._child = subprocess.Popen(
            [config.helper or sys.executable, "-I", "-c", _ASKING.read_text("ascii")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**self.person.environment, **more},
            cwd="/",
            start_new_session=True,
            bufsize=0,
            **self.person.become,
        )
        place = json.dumps({"pool": config.pool, "schedd": config.schedd})
        assert self._child.stdin is not None
        os.set_blocking(self._child.stdin.fileno(), False)
        os.write(self._child.stdin.fileno(), f"{place}\n".encode())
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for each in (child.stdin, child.stdout):
            if each is not None:
                each.close()


def _absent(helper: str) -> str:
    where = helper or "the Python of this service"
    return f"HTCondor's bindings, the Python package {PACKAGE}, are not in {where}."
