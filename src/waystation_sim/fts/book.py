"""The jobs of a simulated FTS, in memory."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SUBMITTED, STAGING, ACTIVE = "SUBMITTED", "STAGING", "ACTIVE"
FINISHED, FAILED, CANCELED, DIRTY = "FINISHED", "FAILED", "CANCELED", "FINISHEDDIRTY"
OVER = frozenset({FINISHED, FAILED, CANCELED})


@dataclass
class File:
    """A file of a job; see t_file of the service."""

    index: int
    source: str
    target: str
    source_token: str | None
    target_token: str | None
    checksum: str | None
    size: int
    metadata: Any
    state: str
    reason: str | None = None
    tries: int = 0
    due: float = 0.0

    def told(self, names: list[str]) -> dict[str, Any]:
        """The fields that a client names; those that are not known are left out."""
        known = {
            "file_index": self.index,
            "source_surl": self.source,
            "dest_surl": self.target,
            "file_state": self.state,
            "reason": self.reason,
            "checksum": self.checksum,
            "user_filesize": self.size,
            "file_metadata": self.metadata,
            "retry": self.tries,
        }
        return {name: known[name] for name in names if name in known}


@dataclass
class Job:
    """A job; see t_job of the service."""

    id: str
    vo: str
    params: dict[str, Any]
    files: list[File]
    cancelled: bool = False
    submitted: float = field(default_factory=time.time)

    @property
    def state(self) -> str:
        """As its files make it."""
        states = {file.state for file in self.files}
        if not states <= OVER:
            return next((each for each in (ACTIVE, STAGING) if each in states), SUBMITTED)
        if self.cancelled:
            return CANCELED
        if states == {FINISHED}:
            return FINISHED
        return DIRTY if FINISHED in states else FAILED

    def told(self) -> dict[str, Any]:
        """The document of a job."""
        failed = sum(file.state == FAILED for file in self.files)
        words = f"One or more files failed. {failed} of {len(self.files)}" if failed else None
        return {
            "job_id": self.id,
            "job_state": self.state,
            "job_type": "N",
            "vo_name": self.vo,
            "reason": "Job canceled by the user" if self.cancelled else words,
            "submit_time": datetime.fromtimestamp(self.submitted, UTC).strftime("%FT%T"),
            "priority": self.params.get("priority", 3),
            "job_metadata": self.params.get("job_metadata"),
            "retry": self.params.get("retry", 0),
        }
