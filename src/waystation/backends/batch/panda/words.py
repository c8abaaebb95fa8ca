"""PanDA's words for jobs that we send: their description, and how they stand. Pure.

Names and order of attributes are those of panda-client 2.2.0 and panda-server (`JobSpec.py`,
`FileSpec.py`); a description is a list in that order, its files last, and may end sooner. States
are those that the same server writes as `jobStatus`.
"""

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from waystation.backends.batch.hands import sights
from waystation.backends.batch.hands.folder import Trace
from waystation.backends.batch.panda.config import PandaConfig
from waystation.domains.jobs.entities import Blame, RunState, Sight, Task

ATTRIBUTES = (  # noqa: SIM905 - as PanDA has it, to be compared
    "PandaID jobDefinitionID schedulerID pilotID creationTime creationHost modificationTime "
    "modificationHost AtlasRelease transformation homepackage prodSeriesLabel prodSourceLabel "
    "prodUserID assignedPriority currentPriority attemptNr maxAttempt jobStatus jobName "
    "maxCpuCount maxCpuUnit maxDiskCount maxDiskUnit ipConnectivity minRamCount minRamUnit "
    "startTime endTime cpuConsumptionTime cpuConsumptionUnit commandToPilot transExitCode "
    "pilotErrorCode pilotErrorDiag exeErrorCode exeErrorDiag supErrorCode supErrorDiag "
    "ddmErrorCode ddmErrorDiag brokerageErrorCode brokerageErrorDiag jobDispatcherErrorCode "
    "jobDispatcherErrorDiag taskBufferErrorCode taskBufferErrorDiag computingSite "
    "computingElement jobParameters metadata prodDBlock dispatchDBlock destinationDBlock "
    "destinationSE nEvents grid cloud cpuConversion sourceSite destinationSite transferType "
    "taskID cmtConfig stateChangeTime prodDBUpdateTime lockedby relocationFlag jobExecutionID VO "
    "pilotTiming workingGroup processingType prodUserName nInputFiles countryGroup batchID "
    "parentID specialHandling jobsetID coreCount"
).split()
"""Of a job, as far as we say any."""
FILE = (  # noqa: SIM905
    "rowID PandaID GUID lfn type dataset status prodDBlock prodDBlockToken dispatchDBlock "
    "dispatchDBlockToken destinationDBlock destinationDBlockToken destinationSE"
).split()
"""Of a file, as far as we say any."""
NONE = "NULL"
STATES: dict[str, RunState] = {
    "pending": RunState.QUEUED,
    "defined": RunState.QUEUED,
    "waiting": RunState.QUEUED,
    "assigned": RunState.QUEUED,
    "activated": RunState.QUEUED,
    "throttled": RunState.QUEUED,
    "sent": RunState.QUEUED,
    "starting": RunState.QUEUED,
    "running": RunState.RUNNING,
    "holding": RunState.ENDING,
    "transferring": RunState.ENDING,
    "merging": RunState.ENDING,
    "finished": RunState.DONE,
    "failed": RunState.FAILED,
    "cancelled": RunState.CANCELLED,
    "closed": RunState.FAILED,
}
OVER = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})
WAITING = tuple(word for word, state in STATES.items() if state is RunState.QUEUED)
PRIORITY = 1000
"""Of a job that somebody submits, as pathena and prun say it."""
_HANDLE = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{1,64})")
_MIB = 2**20
_SLOW = timedelta(minutes=10)


class Told(msgspec.Struct, frozen=True):
    """What PanDA says of a job, as far as we read it."""

    number: int = msgspec.field(default=0, name="PandaID")
    status: str = msgspec.field(default="", name="jobStatus")
    node: str | None = msgspec.field(default=None, name="modificationHost")
    pilot: str | None = msgspec.field(default=None, name="pilotErrorDiag")
    payload: str | None = msgspec.field(default=None, name="exeErrorDiag")
    dispatcher: str | None = msgspec.field(default=None, name="jobDispatcherErrorDiag")
    buffer: str | None = msgspec.field(default=None, name="taskBufferErrorDiag")
    broker: str | None = msgspec.field(default=None, name="brokerageErrorDiag")
    began: object = msgspec.field(default=None, name="startTime")
    ended: object = msgspec.field(default=None, name="endTime")
    changed: object = msgspec.field(default=None, name="stateChangeTime")

    @property
    def state(self) -> RunState:
        """In our words."""
        return STATES.get(self.status, RunState.UNKNOWN)

    @property
    def words(self) -> str:
        """Why it failed, as PanDA says; empty when it does not."""
        said = (self.pilot, self.payload, self.dispatcher, self.buffer, self.broker)
        return " ".join(next((each for each in said if each and each != NONE), "").split())[:500]


def described(config: PandaConfig, tasks: Sequence[Task], program: str) -> str:
    """Jobs, as `job/submit` wants them.

    Nothing of a task but its key, needs, queue and project is in them, and those are plain words.

    Args:
        config: of the server.
        tasks: at least one.
        program: address of what pilots start.
    """
    return json.dumps([_job(config, task, program) for task in tasks])


def handle(number: int, key: str) -> str:
    """Our name of a job: PanDA cannot be asked for what we call it."""
    return f"{number}.{key}"


def parted(name: str) -> tuple[int, str] | None:
    """PanDA's number and our key of a handle; None when it is none."""
    found = _HANDLE.fullmatch(name)
    return (int(found[1]), found[2]) if found else None


def sight(told: Told, trace: Trace, now: datetime) -> Sight:
    """How a run stands.

    Args:
        told: by PanDA.
        trace: what its guard wrote: that is the truth.
        now: the moment.
    """
    state, word = told.state, told.status
    if state not in OVER:
        runs = state is RunState.RUNNING
        began = _moment(told.began) if runs else None
        return Sight(state, word, node=(told.node or "") if runs else "", began=began)
    if trace.ended is not None:
        return sights.from_end(trace.ended, word)
    if state is RunState.CANCELLED:
        return Sight(state, word, words="It was told to end.")
    over = _moment(told.ended) or _moment(told.changed)
    if state is RunState.DONE and over is not None and now - over < _SLOW:
        words = "It has ended, but its outputs are not there yet."
        return Sight(RunState.ENDING, word, words=words)
    words = f"PanDA says: {told.words.rstrip('.')}." if told.words else ""
    seen = sights.broken(trace, words or "It ended, and there is no trace how.", word)
    return replace(seen, blame=Blame.SITE)


def _job(config: PandaConfig, task: Task, program: str) -> list[object]:
    needs = task.resources
    said: dict[str, object] = {
        "jobDefinitionID": zlib.crc32(task.key.encode()) % 10_000,
        "transformation": program,
        "prodSourceLabel": config.label,
        "assignedPriority": PRIORITY,
        "currentPriority": PRIORITY,
        "attemptNr": 0,
        "maxAttempt": 1,  # whether and where to try again is decided by us
        "jobName": task.key,
        "computingSite": task.queue or config.site,
        "jobParameters": f"{config.exchange.rstrip('/')}/{task.key}/ {config.beat_s:g}",
        "destinationDBlock": f"panda.waystation.{task.key}",
        "destinationSE": config.destination,
        "processingType": "waystation",
        "coreCount": needs.cpus,
    }
    if config.vo:
        said["VO"] = config.vo
    if task.project:
        said["workingGroup"] = task.project
    if needs.memory:
        said |= {"minRamCount": -(-needs.memory // _MIB), "minRamUnit": "MB"}
    if needs.time_s:  # the guard ends it to the second; this is for the scheduler
        said |= {"maxCpuCount": needs.time_s + 120, "maxCpuUnit": "s"}
    log = {
        "lfn": f"{task.key}.log.tgz",
        "type": "log",
        "dataset": said["destinationDBlock"],
        "destinationDBlock": said["destinationDBlock"],
        "destinationSE": config.destination,
    }
    file = [*(log.get(name, NONE) for name in FILE), None]
    return [*(said.get(name, NONE) for name in ATTRIBUTES), [file]]


def _moment(said: object) -> datetime | None:
    """A moment in UTC, in either of PanDA's ways of writing one; None where there is none."""
    text = said.get("__datetime__") if isinstance(said, dict) else said
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None
