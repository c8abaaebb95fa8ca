"""Our jobs in aCT's words: states, columns, lists of numbers. Pure.

States and columns: aCT a54fdb6, `aCTDBArc.createTables`, `clientdb.createTables`; columns that are
attributes of ARC's Job: libarccompute 6.17, `arc.Job`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from waystation.domains.jobs.door import JobView
from waystation.interfaces.dialects.act import adl, xrsl
from waystation.interfaces.dialects.act.description import Description

MOST_IDS = 100_000
"""Numbers in one call: the old server let `1-999999999` fill its memory."""

STATES: Mapping[str, str] = {
    "queued": "tosubmit",
    "staging": "tosubmit",
    "ready": "tosubmit",
    "sending": "submitting",
    "pending": "submitted",
    "running": "running",
    "finishing": "finishing",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "lost": "lost",
}
"""Our state -> arcstate. There is no `finished`: what a job left is here when it is done."""

FAILED = frozenset({"failed", "lost"})
"""arcstates from which jobs are fetched and resubmitted."""
CLEANED = frozenset({"done", "donefailed", "cancelled", "failed", "lost"})
KILLED = frozenset({"submitted", "holding", "running", "finishing", "tosubmit", "submitting"})
KEPT = frozenset({"done", "donefailed"})
"""arcstates of jobs whose results can be had."""

# What ARC says of a job (arc.JobState general states) for each arcstate.
_GENERAL: Mapping[str, str] = {
    "submitted": "Queuing",
    "holding": "Hold",
    "running": "Running",
    "finishing": "Finishing",
    "done": "Finished",
    "failed": "Failed",
    "donefailed": "Failed",
    "cancelling": "Running",
    "cancelled": "Killed",
}

CLIENT = (
    *("id", "modified", "created", "jobname", "jobdesc", "clusterlist", "arcjobid", "proxyid"),
)
_JOB = (
    *("ActivityOldID", "ComputingManagerEndTime", "ComputingManagerExitCode"),
    *("ComputingManagerSubmissionTime", "CreationTime", "DelegationID", "EndTime", "Error"),
    *("ExecutionNode", "ExitCode", "IDFromEndpoint", "JobDescription", "JobID"),
    *("JobManagementInterfaceName", "JobManagementURL", "JobStatusInterfaceName"),
    *("JobStatusURL", "LocalIDFromManager", "LocalInputFiles", "LocalOwner"),
    *("LocalSubmissionTime", "LogDir", "Name", "OtherMessages", "Owner"),
    *("ProxyExpirationTime", "Queue", "RequestedApplicationEnvironment", "RequestedSlots"),
    *("RequestedTotalCPUTime", "RequestedTotalWallTime", "RestartState"),
    *("ServiceInformationInterfaceName", "ServiceInformationURL", "SessionDir", "StageInDir"),
    *("StageOutDir", "StartTime", "State", "StdErr", "StdIn", "StdOut"),
    *("SubmissionClientName", "SubmissionHost", "SubmissionTime", "Type", "UsedMainMemory"),
    *("UsedTotalCPUTime", "UsedTotalWallTime", "UserDomain", "Validity", "WaitingPosition"),
    *("WorkingAreaEraseTime",),
)
ARC = (
    *("id", "modified", "created", "arcstate", "tarcstate", "tstate", "cluster", "clusterlist"),
    *("jobdesc", "attemptsleft", "downloadfiles", "proxyid", "appjobid", "priority"),
    *("fairshare", *_JOB),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A job as this wire has it written down."""

    id: int
    user_id: int
    proxy_id: int | None
    created: datetime
    modified: datetime
    clusterlist: str
    space: str
    jobname: str | None
    jobdesc: str | None
    request_id: int | None
    fetched: bool

    @property
    def folder(self) -> str:
        """Of its files, in its space."""
        return f"act/{self.id}"


class ColumnError(Exception):
    """There is no such column; the text names it."""


def described(text: str) -> Description:
    """A job description, in either language.

    Raises:
        RefusedError: it is none, or cannot be honoured.
    """
    bare = text.strip()
    return adl.read(bare) if bare.startswith("<") else xrsl.read(bare)


def arcstate(job: Kept, view: JobView | None) -> str | None:
    """Where a job stands; None before it is confirmed."""
    if job.request_id is None:
        return None
    if view is None:  # its request is gone: nobody knows
        return "lost"
    state = STATES[view.state]
    if view.stopping and state not in {"done", "failed", "cancelled", "lost"}:
        return "cancelling"
    if state == "submitted" and view.words:
        return "holding"
    return "donefailed" if job.fetched and state in FAILED else state


def columns(client: Sequence[str], arc: Sequence[str]) -> None:
    """Whether there are such columns.

    Raises:
        ColumnError: no.
    """
    for asked, known in ((client, CLIENT), (arc, ARC)):
        for name in asked:
            if name not in known:
                raise ColumnError(name)


def row(
    job: Kept,
    view: JobView | None,
    *,
    client: Sequence[str],
    arc: Sequence[str],
    web: str,
) -> dict[str, object]:
    """A job with the columns that were asked for, each with its table's letter before it."""
    mine = {**dict.fromkeys(CLIENT), **_client(job)} if client else {}
    theirs = {**dict.fromkeys(ARC), **_arc(job, view, web)} if arc else {}
    return {f"c_{n}": mine[n] for n in client} | {f"a_{n}": theirs[n] for n in arc}


def _client(job: Kept) -> dict[str, object]:
    return {
        "id": job.id,
        "modified": when(job.modified),
        "created": when(job.created),
        "jobname": job.jobname,
        "jobdesc": job.jobdesc,
        "clusterlist": job.clusterlist,
        "arcjobid": job.request_id,
        "proxyid": job.proxy_id,
    }


def _arc(job: Kept, view: JobView | None, web: str) -> dict[str, object]:
    state = arcstate(job, view)
    if state is None:
        return {}
    asked = described(job.jobdesc or "")
    name = f"act{job.id}"
    told: dict[str, object] = {
        "id": job.request_id,
        "created": when(job.created),
        "modified": when(job.modified),
        "arcstate": state,
        "clusterlist": job.clusterlist,
        "downloadfiles": "/" + (f";diagnose={asked.log.rstrip('/')}/" if asked.log else ""),
        "proxyid": job.proxy_id,
        "appjobid": str(job.id),
        "priority": asked.priority,
        "State": _GENERAL.get(state),
        "Name": job.jobname,
        "IDFromEndpoint": name,
        "StdIn": asked.stdin or None,
        "LogDir": asked.log or None,
        "RequestedSlots": asked.count,
        "Queue": asked.queue or None,
    }
    if view is None:
        return told
    streams = view.attempt > 0
    return told | {
        "modified": when(view.changed),
        "tarcstate": when(view.changed),
        "tstate": when(view.changed),
        # With a grid port it is who serves the job's files, as a cluster would (`act cat`).
        "cluster": (web or view.cluster) or None,
        "JobID": (f"{web}/arex/rest/1.0/jobs/{name}" if web else name) if streams else None,
        "LocalIDFromManager": view.handle or None,
        "ServiceInformationURL": view.cluster or None,
        "OtherMessages": view.foreign or None,
        "Error": view.words or None,
        "ExecutionNode": view.node or None,
        "ExitCode": view.exit_code,
        "SubmissionTime": _when(view.sent),
        "StartTime": _when(view.began),
        "EndTime": _when(view.ended),
        "UsedTotalCPUTime": None if view.cpu_s is None else round(view.cpu_s),
        "UsedTotalWallTime": _between(view.began, view.ended),
        "UsedMainMemory": None if view.peak is None else view.peak // 1024,
        "StdOut": (asked.stdout or "stdout") if streams else None,
        "StdErr": (asked.stdout if asked.joined else asked.stderr or "stderr")
        if streams
        else None,
    }


def numbers(text: str) -> list[int]:
    """Jobs that are named as `1,3-7` (aCT `getIDsFromList`, with its words).

    Raises:
        ValueError: they cannot be read, and why.
    """
    found: list[int] = []
    for group in text.split(",") if text else []:
        first, dash, last = group.partition("-")
        if dash and "-" in last:
            raise ValueError(f"Invalid job range: {group}")
        low = _number(first)
        high = _number(last) if dash else low
        if len(found) + max(0, high - low) >= MOST_IDS:
            raise ValueError(f"Invalid job range: {group} (more than {MOST_IDS:,} jobs)")
        found.extend(range(low, high + 1))
    return found


def _number(text: str) -> int:
    bare = text.strip()
    if not bare.isascii() or not bare.isdigit() or len(bare) > 18:  # noqa: PLR2004 - 64 bits
        raise ValueError(f"Invalid job ID: {text}")
    return int(bare)


def when(moment: datetime) -> str:
    """A moment as the old server's JSON had it: RFC 1123, UTC (Flask's `jsonify`)."""
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _when(moment: datetime | None) -> str | None:
    return when(moment) if moment is not None else None


def _between(began: datetime | None, ended: datetime | None) -> int | None:
    return None if began is None or ended is None else round((ended - began).total_seconds())
