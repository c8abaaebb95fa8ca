"""Staging: accepted paths go on lists for tapes, each file that ends is told about."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from functools import partial

from waystation_sim.scoutam.messages import FileNews, News
from waystation_sim.scoutam.wishes import Wishes
from waystation_sim.site.hardware import Hardware
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site
from waystation_sim.site.recalls import Recalls, Running
from waystation_sim.site.recalls import Wish as Listed
from waystation_sim.site.tasks import ABORTED, INACCESSIBLE, Outcome, Tasks

WORDS = {
    INACCESSIBLE: "no such file, or no copy that can be read",
    ABORTED: "stage cancelled",
}
"""Error texts of messages. ScoutAM's own are not published: our choice."""

OTHER_WORDS = "stage failed: read error on media"


class FileRecalls(Recalls):
    """Recalls that tell of each file as it ends, and can drop single files."""

    def __init__(
        self,
        site: Site,
        index: Index,
        tasks: Tasks,
        hardware: Hardware,
        told: Callable[[Outcome], None],
    ) -> None:
        super().__init__(site, index, tasks, hardware)
        self._told = told

    def drop(self, paths: Sequence[str]) -> None:
        """Take back the files that no drive has begun."""
        wanted = {path for path in paths if path in self._by_path}
        touched = {self._by_path[path].task.seq: self._by_path[path] for path in wanted}
        for running in touched.values():
            for (library, number), files in list(running.lists.items()):
                ids = {file for file in files if running.places[file][1].path in wanted}
                for file in self._hardware.withdraw(library, number, set(ids)):
                    self._ended(running, int(file), ABORTED)
            self._end_if_done(running)

    def _note(self, running: Running, outcome: Outcome) -> None:
        super()._note(running, outcome)
        self._told(outcome)


class Stages:
    """Everything that was asked to be staged at a running site."""

    def __init__(
        self, site: Site, index: Index, tasks: Tasks, hardware: Hardware, news: News
    ) -> None:
        self.wishes = Wishes(index)
        self._tasks = tasks
        self._news = news
        self._loop = asyncio.get_running_loop()
        self._ended: list[str] = []
        self._recalls = FileRecalls(site, index, tasks, hardware, self._tell)

    def resume(self) -> None:
        """Go on with what was accepted before the daemon was killed."""
        if self.wishes.open:
            self._start(list(self.wishes.open))

    def ask(self, paths: Sequence[str], *, key: str, topic: str) -> None:
        """Stage files; those asked for before are not asked for twice.

        It is durable when this returns. A file that is on disk is told about at once.
        """
        fresh = self.wishes.add(paths, topic, time.time())
        started = self._start(fresh) if fresh else 0
        self.wishes.note(key, len(paths), started)

    def withdraw(self, paths: Sequence[str]) -> None:
        """Drop files that no drive has begun. Nobody is told: our choice, the harder one."""
        self._recalls.drop(paths)

    def close(self) -> None:
        """Finish the copies under way; begin no more."""
        self._recalls.close()
        self._forget()
        self._news.close()

    def _start(self, paths: Sequence[str]) -> int:
        task = self._tasks.create("stage", f"batchstage {len(paths)} files")
        return len(self._recalls.start(task, Listed(paths)).places)

    def _tell(self, outcome: Outcome) -> None:
        wish = self.wishes.open.get(outcome.path)
        if wish is None:
            return
        if outcome.code == ABORTED:
            self._done(wish.path)
            return
        error = "" if outcome.code is None else WORDS.get(outcome.code, OTHER_WORDS)
        news = FileNews(_inode(wish.path), wish.path, wish.requested, error)
        self._news.send(wish.topic, news, partial(self._done, wish.path))

    def _done(self, path: str) -> None:
        if not self._ended:
            self._loop.call_soon(self._forget)
        self._ended.append(path)

    def _forget(self) -> None:
        """Forget what was told about, many at a time."""
        ended, self._ended = self._ended, []
        self.wishes.done(ended)


def _inode(path: str) -> int:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return 0
