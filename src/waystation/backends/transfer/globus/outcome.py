"""How a task of Globus ended, file by file."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from waystation.backends.transfer.globus import words
from waystation.backends.transfer.globus.paths import inside
from waystation.backends.transfer.globus.session import Session
from waystation.domains.transfers.entities import Load, Progress, TaskState

KEPT = 200
"""Tasks whose files, and whose ends, are remembered: twice what Globus takes at a time. Of others,
of a process before us, only how many files failed can be told."""


class Outcomes:
    """Ends of tasks; asked for once each."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._pieces: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._ends: OrderedDict[str, Progress] = OrderedDict()

    def remember(self, handle: str, load: Load) -> None:
        """Which file is which piece of a task."""
        numbers = {inside(load.target, piece.target): piece.n for piece in load.pieces}
        with self._lock:
            _keep(self._pieces, handle, numbers)

    def of(self, task: Mapping[str, Any]) -> Progress:
        """How a task ended that is over."""
        handle = str(task["task_id"])
        with self._lock:
            if handle in self._ends:
                return self._ends[handle]
            numbers = self._pieces.get(handle, {})
        skipped = int(task.get("subtasks_skipped_errors") or 0)
        if task["status"] == "FAILED":
            end = self._failed(task, numbers)
        elif skipped:
            end = self._skipped(task, numbers, skipped)
        else:
            end = _progress(task, TaskState.DONE, "", {})
        with self._lock:
            _keep(self._ends, handle, end)
            self._pieces.pop(handle, None)
        return end

    def _skipped(self, task: Mapping[str, Any], numbers: dict[str, int], count: int) -> Progress:
        """It passed over files that the source would not give."""
        told = self._all("task_skipped_errors", task["task_id"])
        why = {
            numbers[each["destination_path"]]: words.of(str(each["error_code"]))
            for each in told
            if each["destination_path"] in numbers
        }
        first = words.of(str(told[0]["error_code"])) if told else ""
        said = f"{count} files could not be read at the source. {first}".strip()
        return _progress(task, TaskState.FAILED, said, why)

    def _failed(self, task: Mapping[str, Any], numbers: dict[str, int]) -> Progress:
        """What had arrived by then stays; the rest is not there."""
        handle, said = task["task_id"], words.last(task)
        errors = self._session.ask(
            lambda client: client.task_event_list(
                handle, limit=1, query_params={"filter": "is_error:1"}
            )
        )
        for event in errors["DATA"]:
            if event["code"] not in {"CANCELED", (task.get("fatal_error") or {}).get("code")}:
                said = f"{said} {words.of(str(event['code']))}"
        passed = {
            each["destination_path"]: words.of(str(each["error_code"]))
            for each in self._all("task_skipped_errors", handle)
        }
        there = {
            each["destination_path"] for each in self._all("task_successful_transfers", handle)
        }
        why = {n: passed.get(path, said) for path, n in numbers.items() if path not in there}
        return _progress(task, TaskState.FAILED, said, why)

    def _all(self, call: str, handle: str) -> list[Mapping[str, Any]]:
        """All pages of a listing of a task."""
        return self._session.ask(
            lambda client: list(getattr(client.paginated, call)(handle).items())
        )


def _progress(
    task: Mapping[str, Any], state: TaskState, said: str, failed: Mapping[int, str]
) -> Progress:
    files = int(task.get("files_transferred") or 0) + int(task.get("files_skipped") or 0)
    return Progress(state, files, int(task.get("bytes_transferred") or 0), said, failed)


def _keep(those: OrderedDict[str, Any], key: str, value: object) -> None:
    those[key] = value
    while len(those) > KEPT:
        those.popitem(last=False)
