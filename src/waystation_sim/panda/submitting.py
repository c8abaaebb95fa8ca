"""What those that submit see of it: the REST API, version 1, as far as jobs need it.

Bodies and answers are from panda-server (`api/v1/job_api.py`, `taskbuffer/JobSpec.py`, 2026-08):
a job is a list of its attributes in their order, the files last, and may end sooner.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    "parentID specialHandling jobsetID coreCount nInputDataFiles inputFileType inputFileProject"
).split()
NONE = "NULL"
FIRST = 5_000_000_001
ENDS = {"finished", "failed", "cancelled", "closed"}


@dataclass
class PandaJob:
    """A job there.

    Attributes:
        fields: as it is described.
        state: activated, sent, starting, running, finished, failed or cancelled.
        given: how often it was given away.
        told: every update of it.
        kill: the next update is answered with `tobekilled`.
    """

    fields: dict[str, str]
    state: str = "activated"
    given: int = 0
    told: list[dict[str, object]] = field(default_factory=list)
    kill: bool = False

    def described(self) -> dict[str, object]:
        """All that is known of it, as `get_description` tells."""
        last = self.told[-1] if self.told else {}
        known = {**dict.fromkeys(ATTRIBUTES), **self.fields, **last, "jobStatus": self.state}
        known["modificationHost"] = last.get("node", "panda.example.org")
        return {**known, "PandaID": int(self.fields["PandaID"]), "Files": []}


@dataclass
class Desk:
    """The calls.

    Attributes:
        jobs: by number; those that pilots are given from.
        lock: of them.
        lose: answers to submissions that never arrive, though the jobs are taken.
        refuse: what every submission is answered, when not empty.
    """

    jobs: dict[int, PandaJob]
    lock: threading.Lock
    lose: int = 0
    refuse: str = ""

    def serve(self, path: str, body: dict[str, Any]) -> object:
        """The answer to a call; None of one that is not there."""
        calls: dict[str, Callable[[], object]] = {
            "job/submit": lambda: self._submit(body["jobs"]),
            "job/get_description": lambda: self._descriptions(body["job_ids"]),
            "job/kill": lambda: self._kill(body["job_ids"]),
            "statistics/active_job_stats_by_site": self._statistics,
        }
        found = calls.get(path)
        if found is None:
            return None
        with self.lock:
            said = found()
        if isinstance(said, str):
            return {"success": False, "message": said, "data": None}
        return {"success": True, "message": "", "data": said}

    def _submit(self, text: str) -> object:
        if self.refuse:
            return self.refuse
        every = [dict(zip(ATTRIBUTES, each[:-1], strict=False)) for each in json.loads(text)]
        if not all(each["jobName"] != NONE and each["computingSite"] != NONE for each in every):
            return "Failed to submit jobs"
        answers = []
        for each in every:
            number = FIRST + len(self.jobs)
            known = {name: str(value) for name, value in each.items() if value != NONE}
            self.jobs[number] = PandaJob({**known, "PandaID": str(number)})
            answers.append([number, each["jobDefinitionID"], {"jobsetID": NONE}])
        return answers

    def _descriptions(self, numbers: list[int]) -> object:
        known = [self.jobs.get(number) for number in numbers]
        return [each.described() if each is not None else None for each in known]

    def _kill(self, numbers: list[int]) -> object:
        answers = []
        for job in map(self.jobs.get, numbers):
            alive = job is not None and job.state not in ENDS
            if job is not None and alive:
                job.kill = True
                if job.state == "activated":
                    job.state = "cancelled"
            answers.append(alive)
        return answers

    def _statistics(self) -> object:
        counted: dict[str, Counter[str]] = {}
        for job in self.jobs.values():
            if job.state not in ENDS:
                site = job.fields.get("computingSite", "SITE")
                counted.setdefault(site, Counter())[job.state] += 1
        return counted
