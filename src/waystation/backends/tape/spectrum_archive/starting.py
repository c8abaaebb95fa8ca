"""Starting one recall, once, whatever is killed meanwhile."""

import subprocess
import threading
from collections.abc import Sequence
from typing import IO

from waystation.backends.tape.spectrum_archive.command import Eeadm
from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.backends.tape.spectrum_archive.listing import ListFolder
from waystation.backends.tape.spectrum_archive.parse import task_number
from waystation.backends.tape.spectrum_archive.tasks import known_tasks
from waystation.domains.staging.entities import RecallList

LOOK_AGAIN_S = 0.02
"""How often we look whether a recall that was just started has got its number."""


class RecallStarter:
    """Starts `eeadm recall` so that a key never gives two tasks.

    Order of events: lock the key's output, look for a task that reads the key's list, write the
    list, start the command (which inherits the lock and outlives us), read the number it prints,
    keep the handle. Killed after any of these, the next call with the key goes on where the task
    can be found: in the kept handle, in the command still running, or in EE's task list.
    """

    def __init__(self, config: EeadmConfig, eeadm: Eeadm, lists: ListFolder) -> None:
        self._config = config
        self._eeadm = eeadm
        self._lists = lists

    def start(self, wanted: RecallList) -> str:
        """Start a recall, or find the one that was started with this key; return its handle.

        Raises:
            BackendUnavailableError: not started, or not known whether.
        """
        key = wanted.key
        handle = self._lists.handle_of(key)
        if handle is not None:
            return handle
        with self._lists.output_of(key) as (output, ours):
            if not ours:
                self._await_number(key, ("recall",), None)
            elif not self._lists.exists(key) or self._task_of(key) is None:
                self._run(wanted, output)
        handle = self._task_of(key) or task_number(self._lists.said(key))
        if handle is None:
            raise self._eeadm.silent(("recall",))
        self._lists.keep_handle(key, handle)
        return handle

    def _run(self, wanted: RecallList, output: IO[bytes]) -> None:
        place = self._lists.write_list(wanted.key, wanted.paths)
        library = ("-l", wanted.library) if wanted.library else ()
        words = ("recall", str(place), *library)
        output.truncate(0)
        self._await_number(wanted.key, words, self._eeadm.start(words, output))

    def _await_number(
        self, key: str, words: Sequence[str], child: "subprocess.Popen[bytes] | None"
    ) -> None:
        """Wait until the recall of a key has printed its number.

        Args:
            key: whose output to look at.
            words: of the command, for the message.
            child: the command if we started it; None = somebody else runs it.
        """
        pause = threading.Event()
        for _ in range(int(self._config.command_timeout_s / LOOK_AGAIN_S) + 1):
            code = child.poll() if child else None  # first: what it said before it ended counts
            said = self._lists.said(key)
            if task_number(said) is not None:
                return
            if code is not None:
                raise self._eeadm.failed(words, code, said)
            pause.wait(LOOK_AGAIN_S)
        raise self._eeadm.silent(words)

    def _task_of(self, key: str) -> str | None:
        """The handle of the task that reads the list of a key."""
        name = self._lists.list_of(key).name
        known = known_tasks(self._eeadm, lambda active: active.of_list(name) is not None)
        row = known.of_list(name)
        return (row.full_id or row.number) if row else None
