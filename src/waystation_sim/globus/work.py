"""Moves tasks along: so many of each account at a time, a file of each in turn."""

import asyncio
import json
import sqlite3
import time
from typing import Any

from waystation_sim.globus import book as states
from waystation_sim.globus import mover
from waystation_sim.globus.book import Book
from waystation_sim.globus.settings import GlobusSettings
from waystation_sim.globus.trouble import Trouble

_IDLE_S = 0.02
_OPEN = """
  SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY owner ORDER BY created) AS place
                 FROM task WHERE status = 'ACTIVE') WHERE place <= ? ORDER BY created
"""


class Work:
    """The endless turn over the tasks that may move."""

    def __init__(self, settings: GlobusSettings, book: Book, trouble: Trouble) -> None:
        self._settings = settings
        self._book = book
        self._trouble = trouble

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            moved = False
            if self._trouble.inactive:
                self._trouble.inactive = False
                self._book.do("UPDATE task SET status = 'INACTIVE', nice = 'CREDENTIALS_EXPIRED'"
                              " WHERE status = 'ACTIVE'")  # fmt: skip
            for task in self._book.rows(_OPEN, self._settings.active):
                moved |= await self._turn(task)
            await asyncio.sleep(0 if moved else _IDLE_S)

    async def _turn(self, task: sqlite3.Row) -> bool:
        """One file of a task; whether there was one to do."""
        told: dict[str, Any] = json.loads(task["document"])
        if _ends(told) & self._trouble.paused:
            return False
        if time.time() > task["deadline"]:
            self._book.end(task["id"], states.FAILED, nice="DEADLINE", words="out of time")
            return True
        item = self._book.one(
            "SELECT * FROM item WHERE task = ? AND state = 'pending' AND due <= ? ORDER BY n",
            task["id"], time.time(),
        )  # fmt: skip
        if item is None:
            waiting = self._book.one(
                "SELECT 1 FROM item WHERE task = ? AND state = 'pending'", task["id"]
            )
            return waiting is None and self._book.end(task["id"], states.SUCCEEDED)
        try:
            state, size = await self._one(task, item, told)
        except mover.MoveError as fault:
            self._failed(task, item, told, fault)
        else:
            self._book.do(
                "UPDATE item SET state = ?, bytes = ?, error = NULL WHERE task = ? AND n = ?",
                state, size, item["task"], item["n"],
            )  # fmt: skip
            self._book.do("UPDATE task SET nice = 'OK' WHERE id = ?", task["id"])
        return True

    async def _one(
        self, task: sqlite3.Row, item: sqlite3.Row, told: dict[str, Any]
    ) -> tuple[str, int]:
        """Move or delete; the state of the item, and its bytes."""
        if _ends(told) & self._trouble.down:
            raise mover.MoveError("ENDPOINT_ERROR", "The endpoint does not answer.")
        if self._settings.files_s:
            await asyncio.sleep(self._settings.files_s)
        if told["DATA_TYPE"] == "delete":
            await asyncio.to_thread(mover.remove, self._place(told["endpoint"], item["source"]))
            return states.DONE, 0
        source = self._place(told["source_endpoint"], item["source"])
        if code := self._trouble.met(item["source"]):
            raise mover.MoveError(code, f"{item['source']}: on order")
        if item["recursive"]:
            self._open_folder(task["id"], item, await asyncio.to_thread(mover.below, source))
            return states.FOLDER, 0
        level = told.get("sync_level")
        wish = mover.Wish(
            sync_level=None if level is None else int(level),
            verify=bool(told.get("verify_checksum", True)),
            preserve_time=bool(told.get("preserve_timestamp", False)),
            corrupt=any(item["source"].endswith(end) for end in self._trouble.corrupt),
        )
        size = await asyncio.to_thread(
            mover.move,
            source,
            self._place(told["destination_endpoint"], item["destination"]),
            wish,
            checksum=item["checksum"],
            algorithm=item["algorithm"],
        )
        return (states.EQUAL, 0) if size is None else (states.DONE, size)

    def _open_folder(self, task: str, item: sqlite3.Row, names: list[str]) -> None:
        """Have the files of a folder moved one by one."""
        from_, to = item["source"].rstrip("/"), item["destination"].rstrip("/")
        self._book.add(
            task, [(f"{from_}/{name}", f"{to}/{name}", 0, None, None) for name in names]
        )

    def _place(self, endpoint: str, path: str) -> Any:  # noqa: ANN401 - a path
        collection = self._settings.collection(endpoint)
        if collection is None:
            raise mover.MoveError("ENDPOINT_ERROR", f"There is no collection {endpoint}.")
        return mover.confined(collection, path)

    def _failed(
        self, task: sqlite3.Row, item: sqlite3.Row, told: dict[str, Any], fault: mover.MoveError
    ) -> None:
        """Skip the file, end the task, or try again later: as the task wishes."""
        words = str(fault)
        if told.get("skip_source_errors") and fault.code in mover.FROM_SOURCE:
            self._book.do(
                "UPDATE item SET state = 'skipped', error = ? WHERE task = ? AND n = ?",
                json.dumps([fault.code, words, time.time()]), item["task"], item["n"],
            )  # fmt: skip
        elif told.get("fail_on_quota_errors") and fault.code == "QUOTA_EXCEEDED":
            self._book.end(task["id"], states.FAILED, nice=fault.code, words=words)
        else:
            self._book.do(
                "UPDATE item SET due = ?, error = ? WHERE task = ? AND n = ?",
                time.time() + self._settings.retry_s, fault.code, item["task"], item["n"],
            )  # fmt: skip
            self._book.do(
                "UPDATE task SET faults = faults + 1, nice = ? WHERE id = ?",
                fault.code, task["id"],
            )  # fmt: skip
        self._book.tell(task["id"], fault.code, words, error=True)


def _ends(told: dict[str, Any]) -> set[str]:
    """The collections of a task."""
    names = ("source_endpoint", "destination_endpoint", "endpoint")
    return {str(told[each]) for each in names if each in told}
