"""Moves files, so many at a time: read from the source, proved, written to the target."""

import asyncio
import hashlib
import time
import zlib

import httpx

from waystation_sim.fts import book as states
from waystation_sim.fts.book import File, Job
from waystation_sim.fts.settings import FtsSettings
from waystation_sim.fts.trouble import Trouble

_IDLE_S = 0.02
_HOURS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DONE, _MISSING, _CONFLICT = range(200, 300), 404, 409


class MoveError(Exception):
    """A file could not be moved now."""


class Work:
    """The endless turn over the files that may move."""

    def __init__(self, settings: FtsSettings, jobs: dict[str, Job], trouble: Trouble) -> None:
        self._settings = settings
        self._jobs = jobs
        self._trouble = trouble

    async def run(self) -> None:
        """Until cancelled."""
        running: set[asyncio.Task[None]] = set()
        async with httpx.AsyncClient(timeout=30) as http:
            while True:
                if not self._trouble.still:
                    for job, file in self._due(self._settings.active - len(running)):
                        task = asyncio.create_task(self._one(http, job, file))
                        running.add(task)
                        task.add_done_callback(running.discard)
                await asyncio.sleep(_IDLE_S)

    def _due(self, room: int) -> list[tuple[Job, File]]:
        now, found = time.time(), list[tuple[Job, File]]()
        for job in self._jobs.values():
            for file in job.files:
                if file.state == states.STAGING and not self._trouble.staging:
                    file.state = states.SUBMITTED
                if file.state != states.SUBMITTED or file.due > now:
                    continue
                if now > job.submitted + _seconds(job.params.get("max_time_in_queue")):
                    file.state = states.FAILED
                    file.reason = "The max time in queue of the job was exceeded"
                elif len(found) < room:
                    file.state = states.ACTIVE
                    found.append((job, file))
        return found

    async def _one(self, http: httpx.AsyncClient, job: Job, file: File) -> None:
        try:
            await self._move(http, job, file)
        except (MoveError, httpx.HTTPError) as fault:
            reason = str(fault) or type(fault).__name__
            if file.state != states.ACTIVE:  # cancelled meanwhile
                return
            again = file.tries < int(job.params.get("retry") or 0) and "No such" not in reason
            file.tries, file.reason = file.tries + 1, f"TRANSFER [1] {reason}"
            file.due = time.time() + self._settings.retry_s
            file.state = states.SUBMITTED if again else states.FAILED
        else:
            if file.state == states.ACTIVE:
                file.state, file.reason = states.FINISHED, None

    async def _move(self, http: httpx.AsyncClient, job: Job, file: File) -> None:
        answer = await http.get(file.source, headers=_shown(file.source_token))
        if answer.status_code == _MISSING:
            raise MoveError("SOURCE [2] No such file or directory")
        _good("SOURCE", answer)
        data = answer.content
        if file.size and len(data) != file.size:
            raise MoveError(f"SOURCE [5] Source size is {len(data)}, {file.size} was told")
        if job.params.get("verify_checksum") in {"both", "source", "target"}:
            _compare(file.checksum, data)
        if file.state != states.ACTIVE:
            return
        headers = _shown(file.target_token)
        url = httpx.URL(file.target)
        above = url.raw_path.decode().split("/")[1:-1]
        put = await http.put(url, content=data, headers=headers)
        if put.status_code in {_MISSING, _CONFLICT}:  # folders are made on the way
            for depth in range(1, len(above) + 1):
                folder = "/" + "/".join(above[:depth])
                await http.request(
                    "MKCOL", url.copy_with(raw_path=folder.encode()), headers=headers
                )
            put = await http.put(url, content=data, headers=headers)
        _good("DESTINATION", put)


def _good(where: str, answer: httpx.Response) -> None:
    if answer.status_code not in _DONE:
        raise MoveError(f"{where} [{answer.status_code}] {answer.reason_phrase}")


def _compare(told: str | None, data: bytes) -> None:
    kind, _, digits = (told or "").partition(":")
    found = {
        "ADLER32": lambda: f"{zlib.adler32(data):08x}",
        "MD5": lambda: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    }.get(kind.upper())
    if found is not None and digits and found().lstrip("0") != digits.lower().lstrip("0"):
        raise MoveError("SOURCE [5] Source checksum does not match the one that was told")


def _shown(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _seconds(told: object) -> float:
    """`30s`, `2h`; a bare number is hours, nothing is for ever."""
    if isinstance(told, str) and told[-1:] in _HOURS:
        return float(told[:-1]) * _HOURS[told[-1]]
    return float(str(told)) * 3600 if told else float("inf")
