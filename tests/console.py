"""The operator's commands, from a process that has read their code already.

A command of `waystation` takes 1.6 s of a core to read its code and 0.1 s to do its work; tests
make hundreds of accounts and spaces by it. Here each is a fork of one process that has read the
code: its own environment, its own memory, the same `main`. What a command does with a terminal or
with signals is tested by starting it.
"""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

LONGEST_S = 120
"""A command is killed then, seconds."""

_SOURCE = """
import json, os, signal, sys, tempfile, traceback
import django.contrib.postgres.fields, django.db.backends.postgresql.base, django.forms.models
from waystation.bootstrap import cli, house

for line in sys.stdin:
    asked = json.loads(line)
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    pid = os.fork()
    if not pid:
        code = 70
        signal.alarm(LONGEST_S)
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.environ.clear()
            os.environ.update(asked["environment"])
            sys.argv = ["waystation", *asked["words"]]
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    said = []
    for file in (out, err):
        file.seek(0)
        said.append(file.read().decode())
        file.close()
    print(json.dumps([status, *said]), flush=True)
"""


class Console:
    """One such process; commands run one after the other."""

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._child: subprocess.Popen[str] | None = None

    def run(self, words: Sequence[str], environment: Mapping[str, str]) -> str:
        """Run a command; what it printed.

        Raises:
            CalledProcessError: it ended with something else than 0.
        """
        with self._alone:
            child = self._started()
            assert child.stdin is not None
            assert child.stdout is not None
            asked = {"words": list(words), "environment": dict(environment)}
            child.stdin.write(json.dumps(asked) + "\n")
            child.stdin.flush()
            status, out, err = json.loads(child.stdout.readline())
        if status:
            raise subprocess.CalledProcessError(status, ["waystation", *words], out, err)
        return str(out)

    def _started(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            kept = {k: v for k, v in os.environ.items() if not k.startswith("WAYSTATION_")}
            self._child = subprocess.Popen(
                [sys.executable, "-c", f"LONGEST_S = {LONGEST_S}{_SOURCE}"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**kept, "WAYSTATION_CONFIG": str(Path(os.devnull))},
            )
            atexit.register(self._end, self._child)
        return self._child

    @staticmethod
    def _end(child: subprocess.Popen[str]) -> None:
        with contextlib.suppress(OSError):
            child.kill()
        child.wait()


CONSOLE = Console()
