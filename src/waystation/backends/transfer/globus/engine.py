"""The engine `globus`.

**One key is one task.** Globus takes each submission id once. The id of a key is remembered here
until its task is accepted, so that a lost answer is asked for again with the same id; and the
label of each task ends with a digest of its key, by which another process finds the task of one
that died.
"""

import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import globus_sdk

from waystation.backends.transfer.globus import words
from waystation.backends.transfer.globus.config import GlobusConfig
from waystation.backends.transfer.globus.outcome import Outcomes
from waystation.backends.transfer.globus.paths import inside
from waystation.backends.transfer.globus.session import Session
from waystation.backends.transfer.loads import check
from waystation.domains.transfers.entities import (
    Ability,
    Endpoint,
    Kind,
    Load,
    Progress,
    TaskState,
)
from waystation.domains.transfers.errors import EngineError, EngineRefusedError

AT_ONCE = 50
"""Tasks asked about in one call: their UUIDs have to fit into a URL."""
_LOCKS = 64
_LABEL = 128
_CHECKSUMS = {"sha256": "SHA256", "md5": "MD5"}


class GlobusEngine:
    """`Engine` by globus-sdk."""

    def __init__(self, config: GlobusConfig) -> None:
        self._config = config
        self._session = Session(config)
        self._outcomes = Outcomes(self._session)
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._submissions: dict[str, str] = {}

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    @property
    def ability(self) -> Ability:
        """As the port promises."""
        said = self._config
        return Ability(said.most_files, said.most_active, verifies=said.verify, survives=True)

    def check_config(self) -> list[str]:
        """As the port promises: is our identity good, and does Globus answer?"""
        try:
            self._session.ask(lambda client: client.task_list(limit=1))
        except EngineError as problem:
            return [f"{problem.sentence} {problem.advice}".strip()]
        return []

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        for end in (source, target):
            if end.kind is not Kind.GLOBUS:
                return f"Globus moves between its collections; this is {end.kind.value}."
            try:
                UUID(end.facts.get("collection", ""))
            except ValueError:
                return "A globus endpoint needs the UUID of its collection."
        return None

    def submit(self, load: Load) -> str:
        """As the port promises."""
        check(load, self._config.most_files)
        refusal = self.objection(load.source, load.target)
        if refusal:
            raise EngineRefusedError(refusal)
        tag = tag_of(load.key)
        with self._locks[int(tag[-2:], 16) % _LOCKS]:
            handle = self._find(tag) or self._begin(load, tag)
        self._outcomes.remember(handle, load)
        return handle

    def look(self, handles: Sequence[str]) -> Mapping[str, Progress]:
        """As the port promises."""
        found: dict[str, Progress] = dict.fromkeys(handles, Progress(TaskState.LOST))
        known = [handle for handle in found if _is_uuid(handle)]
        for first in range(0, len(known), AT_ONCE):
            some = known[first : first + AT_ONCE]
            tasks = self._listed(AT_ONCE, {"task_id": some})
            for task in tasks:
                if task["task_id"] in found:
                    found[task["task_id"]] = self._progress(task)
        return found

    def cancel(self, handle: str) -> None:
        """As the port promises."""
        if _is_uuid(handle) and self.look([handle])[handle].state is TaskState.MOVING:
            self._session.ask(lambda client: client.cancel_task(handle))

    def close(self) -> None:
        """As the port promises; the tasks go on."""
        self._session.close()

    def _listed(
        self, limit: int, wanted: dict[str, str | list[str]]
    ) -> Sequence[Mapping[str, Any]]:
        """The youngest tasks that a filter finds."""
        answer = self._session.ask(lambda client: client.task_list(limit=limit, filter=wanted))
        found: Sequence[Mapping[str, Any]] = answer["DATA"]
        return found

    def _find(self, tag: str) -> str | None:
        """The task that a process before us made of a key."""
        wanted: dict[str, str | list[str]] = {"type": "TRANSFER", "label": f"~*{tag}"}
        for task in self._listed(10, wanted):
            if str(task.get("label") or "").endswith(tag):
                return str(task["task_id"])
        return None

    def _begin(self, load: Load, tag: str) -> str:
        ask = self._session.ask
        if load.key not in self._submissions:
            given = ask(lambda client: client.get_submission_id())
            self._submissions[load.key] = given["value"]
        document = self._document(load, tag, self._submissions[load.key])
        answer = ask(lambda client: client.submit_transfer(document), begins=True)
        del self._submissions[load.key]
        return str(answer["task_id"])

    def _document(self, load: Load, tag: str, submission: str) -> globus_sdk.TransferData:
        said = self._config
        document = globus_sdk.TransferData(
            load.source.facts["collection"],
            load.target.facts["collection"],
            label=label_of(load.label, tag),
            submission_id=submission,
            sync_level=said.sync_level or globus_sdk.MISSING,  # type: ignore[arg-type]
            verify_checksum=said.verify,
            preserve_timestamp=said.preserve_time,
            encrypt_data=said.encrypt,
            deadline=load.deadline,
            # One file that is gone must not hold up the others until the deadline.
            skip_source_errors=True,
            fail_on_quota_errors=True,
            notify_on_succeeded=False,
            notify_on_failed=False,
            notify_on_inactive=False,
        )
        for piece in load.pieces:
            kind = next((each for each in _CHECKSUMS if each in piece.checksums), None)
            given = kind if said.source_checksums else None
            document.add_item(
                inside(load.source, piece.source),
                inside(load.target, piece.target),
                external_checksum=piece.checksums[given] if given else globus_sdk.MISSING,
                checksum_algorithm=_CHECKSUMS[given] if given else globus_sdk.MISSING,
            )
        return document

    def _progress(self, task: Mapping[str, Any]) -> Progress:
        if task["status"] in {"SUCCEEDED", "FAILED"}:
            return self._outcomes.of(task)
        said, attention = words.now(task)
        files = int(task.get("files_transferred") or 0) + int(task.get("files_skipped") or 0)
        size = int(task.get("bytes_transferred") or 0)
        return Progress(TaskState.MOVING, files, size, said, attention=attention)


def tag_of(key: str) -> str:
    """What a task's label ends with."""
    return f"ws-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def label_of(label: str, tag: str) -> str:
    """A label as Globus takes it: letters, digits, spaces, `-` and `_`."""
    plain = re.sub(r"[^A-Za-z0-9 _-]+", " ", label).strip()
    return f"{plain[: _LABEL - len(tag) - 1].strip()} {tag}".strip()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
