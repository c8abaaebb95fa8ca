"""PanDA's words: a job as `getJob` gives it, and as `updateJobsInBulk` is told of it. Pure.

Fields and codes as aCT a54fdb6 uses them (`aCTPanda.py`, `aCTAutopilot.py`, `aCTPandaJob.py`);
they are those of PanDA's JobDispatcher.
"""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from waystation.domains.jobs.entities import Heard, Offer, Report, Resources, Stage, Wish

GIVEN, NONE_LEFT, NO_CONTACT = "0", "20", "60"
"""StatusCode of answers."""
STOPS = frozenset({"tobekilled", "badattemptnr", "alreadydone"})
"""Commands in answers: the job is no longer ours."""
KILLED_BY_SERVER = 1144
"""pilotErrorCode of a job that was stopped because the server wanted it."""
SITE_FAULT = 1305
"""pilotErrorCode of a payload that failed for no reason of its own, as pilots say it."""
MEGABYTE = 2**20
_STATES = {
    Stage.WAITING: "starting",
    Stage.STARTING: "starting",
    Stage.RUNNING: "running",
    Stage.DONE: "finished",
    Stage.FAILED: "failed",
    Stage.CANCELLED: "failed",
}
_FIELD = re.compile(r"\{(\w+)\}")
_MOST_TEXT = 50_000


@dataclass(frozen=True, slots=True)
class Terms:
    """How jobs of PanDA are run here.

    Attributes:
        site: as PanDA calls us.
        scheduler: who we say that we are.
        command: words with `{field}` of the job; one that is `{jobPars}` alone becomes its words.
        clusters, queue, space, outputs: of each job.
        time_s: longest wall time; 0 is what the cluster gives.
        attempts: runs of one job.
    """

    site: str
    scheduler: str
    command: Sequence[str]
    clusters: Sequence[str] = ()
    queue: str = ""
    space: str = ""
    outputs: Sequence[str] = ()
    time_s: int = 0
    attempts: int = 1


def fields(text: str) -> dict[str, str]:
    """The fields of an answer."""
    return dict(parse_qsl(text, keep_blank_values=True))


def offer(given: Mapping[str, str], terms: Terms) -> Offer:
    """A job that was given."""
    foreign = given.get("PandaID", "")
    whole = urlencode(given)
    try:
        command = tuple(word for each in terms.command for word in _filled(each, given))
    except ValueError as problem:
        return Offer(foreign, None, f"Its parameters cannot be read: {problem}.")
    if len(whole) > _MOST_TEXT:
        return Offer(foreign, None, "Its description is too long.")
    cores = max(1, _number(given.get("coreCount", "")))
    memory = MEGABYTE * _number(given.get("minRamCount", ""))
    per_core = "percore" in given.get("minRamUnit", "").lower()
    wish = Wish(
        command=command,
        name=(given.get("jobName") or f"PanDA {foreign}")[:200],
        environment={"PANDA_ID": foreign, "PANDA_SITE": terms.site, "PANDA_JOB": whole},
        outputs=tuple(terms.outputs),
        space=terms.space if terms.outputs else "",
        prefix=f"panda/{foreign}",
        resources=Resources(
            cpus=cores, memory=memory * (cores if per_core else 1), time_s=terms.time_s
        ),
        clusters=tuple(terms.clusters),
        queue=terms.queue,
        priority=min(9, max(0, _number(given.get("currentPriority", "500")) // 100)),
        attempts=terms.attempts,
        literal=True,
    )
    return Offer(foreign, wish)


def update(report: Report, terms: Terms) -> dict[str, object]:
    """A job's line of a bulk update."""
    told: dict[str, object] = {
        "jobId": int(report.foreign_id),
        "state": _STATES[report.stage],
        "siteName": terms.site,
        "schedulerID": terms.scheduler,
        "node": report.node or None,
        "computingElement": report.cluster or None,
        "batchID": report.request_id or None,
        "startTime": _when(report.began),
    }
    if report.stage.over:
        told |= {
            "endTime": _when(report.ended),
            "exitCode": report.exit_code,
            "transExitCode": report.exit_code,
            "cpuConsumptionTime": None if report.cpu_s is None else round(report.cpu_s),
            "cpuConsumptionUnit": None if report.cpu_s is None else "s",
        }
    if report.stage in {Stage.FAILED, Stage.CANCELLED}:
        code = KILLED_BY_SERVER if report.stage is Stage.CANCELLED else SITE_FAULT
        told |= {"pilotErrorCode": code, "pilotErrorDiag": report.words[:500]}
    return {name: value for name, value in told.items() if value is not None}


def heard(text: str) -> Heard:
    """What was said to one line."""
    said = fields(text)
    code, command = said.get("StatusCode", ""), said.get("command", "")
    if code == GIVEN:
        return Heard(heard=True, stop=command in STOPS)
    if command == "alreadydone":
        return Heard(heard=True, stop=True)
    reason = "it does not know us" if code == NO_CONTACT else f"StatusCode {code or 'missing'}"
    return Heard(heard=False, words=f"PanDA: {reason}")


def _filled(word: str, given: Mapping[str, str]) -> list[str]:
    if word == "{jobPars}":
        return shlex.split(given.get("jobPars", ""))
    return [_FIELD.sub(lambda m: given.get(m[1], m[0]), word)]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0  # noqa: PLR2004


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
