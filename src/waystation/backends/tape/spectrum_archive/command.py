"""Running `eeadm`: a deadline on every call, failures in plain words."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from waystation.backends.tape.spectrum_archive.config import EeadmConfig
from waystation.domains.staging.errors import BackendUnavailableError

CLEAN_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
}
"""EE's texts change with the language, and nothing of our own environment is its business."""

ARGUMENT_BYTES = min(os.sysconf("SC_ARG_MAX") // 4, 512 * 1024)
"""Bytes of paths on one command line; sudo and the environment need room too."""

SHOWN = 300
"""Characters of a foreign message that are passed on."""


class Eeadm:
    """The command, as configured. Safe to use from several threads."""

    def __init__(self, config: EeadmConfig) -> None:
        self._config = config

    def ask(self, *words: str, tolerate: bool = False) -> str:
        """Run a command to its end and return what it printed.

        Args:
            words: of the command line after `eeadm`.
            tolerate: a non-zero exit code with output is an answer too (one bad path of many).

        Raises:
            BackendUnavailableError: it cannot be run, failed, or did not answer in time.
        """
        try:
            done = subprocess.run(
                self._config.argv(*words),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._config.command_timeout_s,
                env=CLEAN_ENVIRONMENT,
                cwd="/",
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self.silent(words) from error
        except OSError as error:
            raise self._cannot_run(error) from error
        output = _text(done.stdout)
        if done.returncode and not (tolerate and output.strip()):
            raise self.failed(words, done.returncode, _text(done.stderr) or output)
        return output

    def start(self, words: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own, so that it outlives us.

        Its output, and with it any lock on that file, belongs to the command until it ends.

        Raises:
            BackendUnavailableError: it cannot be run.
        """
        try:
            child = subprocess.Popen(
                self._config.argv(*words),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=CLEAN_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise self._cannot_run(error) from error
        # Somebody must take its exit code, or it stays in the process table.
        threading.Thread(target=child.wait, daemon=True, name=f"eeadm-{child.pid}").start()
        return child

    def failed(self, words: Sequence[str], code: int, said: str) -> BackendUnavailableError:
        """Say that a command ended badly."""
        return BackendUnavailableError(
            f"eeadm {' '.join(words[:2])} failed with exit code {code}: {complaint(said)}",
            advice="Look at `eeadm node list` and `eeadm task list` on the archive node.",
            exit_code=code,
        )

    def silent(self, words: Sequence[str]) -> BackendUnavailableError:
        """Say that a command did not answer."""
        return BackendUnavailableError(
            f"eeadm {' '.join(words[:2])} did not answer"
            f" within {self._config.command_timeout_s:g} s.",
            advice="Look whether the archive node is overloaded or its service hangs.",
        )

    def _cannot_run(self, error: OSError) -> BackendUnavailableError:
        program = Path(self._config.argv()[0])
        return BackendUnavailableError(
            f"{program} cannot be run: {error.strerror}.",
            advice="Check the back end's `eeadm` and `sudo_user` settings.",
        )


def complaint(said: str) -> str:
    """The one line of a command's output that says what is wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("GLES") and line[8:9] == "E"]
    chosen = (errors or lines or ["it said nothing"])[0 if errors else -1]
    return chosen[:SHOWN]


def portions(paths: Sequence[str], most: int) -> Iterator[list[str]]:
    """Cut paths into command lines: at most so many, and no more bytes than the system takes."""
    portion: list[str] = []
    room = ARGUMENT_BYTES
    for path in paths:
        size = len(os.fsencode(path)) + 9  # the end mark and a pointer
        if portion and (len(portion) >= most or size > room):
            yield portion
            portion, room = [], ARGUMENT_BYTES
        portion.append(path)
        room -= size
    if portion:
        yield portion


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
