"""A mover: the process of one drive. It takes waiting lists until there are none, and ends.

Whoever polls starts another when one was killed; what it had finished stands in the journals.
"""

import os
from collections.abc import Callable
from pathlib import Path

from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.errand import Errand
from waystation.backends.tape.ltfs.journal import moment
from waystation.backends.tape.ltfs.lists import ListFolder
from waystation.kernel.clock import Clock

SETTINGS = "settings.json"
"""Where the back end leaves its settings for its processes, in `list_dir`."""


def drive_lock(number: int) -> str:
    """Name of the lock of a drive; keys of lists have no dots."""
    return f"drive.{number}"


def move(config: LtfsConfig, drive: int, clock: Clock) -> int:
    """Work as this drive; how many lists were ended. Nothing when another process is this drive.

    Raises:
        OSError, BackendUnavailableError: our directory cannot be written; lists stay as they are.
    """
    lists = ListFolder(config.list_dir)
    ended = 0
    with lists.try_lock(drive_lock(drive)) as descriptor:
        if descriptor is None:
            return 0
        shown = descriptor

        def show(tape: str) -> None:
            os.ftruncate(shown, 0)
            os.pwrite(shown, tape.encode(), 0)

        show("")
        while _one(config, lists, clock, show):
            ended += 1
        show("")
    return ended


def _one(config: LtfsConfig, lists: ListFolder, clock: Clock, show: Callable[[str], None]) -> bool:
    """Do the oldest list that nobody works on; False when there is none."""
    for key in lists.waiting():
        with lists.try_lock(key) as mine:
            if mine is None or lists.ended(key):
                continue
            stored = lists.read(key)
            Errand(config, stored, now_s=lambda: moment(clock.now()), show=show).run()
            return True
    return False


def settings_in(folder: Path) -> LtfsConfig:
    """The settings that the back end left.

    Raises:
        OSError, ValueError: there are none, or they cannot be read.
    """
    return LtfsConfig.from_json((folder / SETTINGS).read_bytes())
