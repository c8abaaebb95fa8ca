"""Starting one recall, once, whatever is killed meanwhile."""

import os
import threading
import time
from collections.abc import Callable
from typing import IO

from waystation.backends.tape.script import wire
from waystation.backends.tape.script.command import LATER, Command, end, last_words
from waystation.backends.tape.script.record import Record
from waystation.domains.staging.entities import RecallList
from waystation.domains.staging.errors import BackendRefusedError

LOOK_AGAIN_S = 0.02
"""How often we look whether a recall that was just started has ended."""

ORPHAN_S = 5.0
"""How much longer than its deadline a recall may run whose worker was killed."""

MOST_BYTES = 64 * 1024
"""Of an answer that is one line."""


class RecallStarter:
    """Runs the `recall` command so that a key starts one list.

    Order of events: lock the key, look whether the command has answered before, write down what
    will be asked (fsynced), run the command, keep its handle. The command outlives us: its answer
    goes to a file and it holds the lock. So only when it was killed itself, or the machine was,
    between our writing and its answer, it is called again with the same key, and with `finds_keys`
    `poll` is asked for the key first.

    Args:
        recall: the command.
        poll: the command that finds keys; None = it cannot.
        record: where all is written down.
    """

    def __init__(self, recall: Command, poll: Command | None, record: Record) -> None:
        self._recall = recall
        self._poll = poll
        self._record = record

    def start(self, wanted: RecallList) -> str:
        """Start a recall, or find the one that was started with this key; its handle.

        Raises:
            BackendUnavailableError: not started, or not known whether.
            BackendRefusedError: the command said no.
        """
        key = wanted.key
        handle = self._record.handle_of(key)
        if handle is not None:
            return handle
        with self._record.held(key) as output:
            handle = self._record.handle_of(key)
            if handle is None:
                handle = self._left_behind(key) or self._run(wanted, output)
                self._record.keep(key, handle)
        return handle

    def _left_behind(self, key: str) -> str | None:
        """The handle of a recall that was started before and not kept."""
        if not self._record.begun(key):
            return None
        try:
            return wire.handle(self._record.said(key).splitlines())
        except wire.WrongAnswerError:  # it was killed before it answered
            pass
        if self._poll is None:
            return None
        answer = self._poll.ask([wire.line(key=key)], most=1)
        try:
            return wire.handle_of_key(key, answer)
        except wire.WrongAnswerError as error:
            raise self._poll.wrong(error) from error

    def _run(self, wanted: RecallList, output: IO[bytes]) -> str:
        place = self._record.begin(wanted.key, wire.recall_question(wanted))
        output.truncate(0)
        # coreutils' `timeout` ends the command's whole group, also when we are gone by then.
        guard = ("timeout", "--signal=KILL", f"{self._recall.timeout_s + ORPHAN_S:g}")
        with place.open("rb") as question, self._record.complaints(wanted.key) as complaints:
            argv = (*guard, *self._recall.argv)
            child = self._recall.start(argv, question, output, complaints)
        try:
            code = self._await(child.poll, output)
        finally:
            end(child)
        if code:
            self._say_no(wanted.key, code, output)
        try:
            return wire.handle(self._record.said(wanted.key).splitlines())
        except wire.WrongAnswerError as error:
            output.truncate(0)
            raise self._recall.wrong(error) from error

    def _await(self, ended: Callable[[], int | None], output: IO[bytes]) -> int:
        """Its exit code."""
        pause, until = threading.Event(), time.monotonic() + self._recall.timeout_s
        while (code := ended()) is None:
            if os.fstat(output.fileno()).st_size > MOST_BYTES:
                raise self._recall.wrong(
                    "it was stopped, for one line was expected and it goes on."
                )
            if time.monotonic() > until:
                raise self._recall.silent()
            pause.wait(LOOK_AGAIN_S)
        return code

    def _say_no(self, key: str, code: int, output: IO[bytes]) -> None:
        """Tell a refusal from a failure; after both, nothing was started unless it was killed."""
        complaint = self._record.said(key, "err")
        if code < 0:
            raise self._recall.failed(code, complaint)
        output.truncate(0)
        self._record.forget(key)
        if code in LATER:
            raise self._recall.failed(code, complaint)
        raise BackendRefusedError(
            f"The recall command refused the list: {last_words(complaint)}",
            advice=f"Run {self._recall.shown} by hand as our user.",
            exit_code=code,
        )
