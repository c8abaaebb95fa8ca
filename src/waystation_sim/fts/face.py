"""The calls of the REST interface that submit, look at and cancel jobs."""

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from waystation_sim.fts import book as states
from waystation_sim.fts.book import File, Job
from waystation_sim.fts.settings import FtsSettings
from waystation_sim.fts.trouble import Trouble
from waystation_sim.server import Answer, Request

BASE_ID = uuid.UUID("01874efb-4735-4595-bc9c-591aef8240c9")
"""Of the public service: numbers of VOs and of deterministic jobs are made below it."""
_UNCHANGED = 304
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    419: "Authentication Timeout",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class RefusedError(Exception):
    """A call that is not carried out."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Face:
    """Answers whoever has a token."""

    def __init__(self, settings: FtsSettings, jobs: dict[str, Job], trouble: Trouble) -> None:
        self._settings = settings
        self._jobs = jobs
        self._trouble = trouble

    async def answer(self, request: Request) -> Answer:
        """Answer one request, with whatever trouble is on order."""
        if self._trouble.take("away"):
            return _refused(503, "The service is draining.")
        try:
            answer = self._called(request)
        except RefusedError as refusal:
            answer = _refused(refusal.status, str(refusal))
        lost = self._trouble.take("lost")
        return _refused(502, "The answer was lost.") if lost else answer

    def _called(self, request: Request) -> Answer:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        vo = self._settings.tokens.get(bearer) or self._member(request.person)
        if vo is None:
            raise RefusedError(401, "Invalid OAuth2 credentials")
        _, head, *rest = request.path.split("/")
        if (request.method, head, rest) == ("GET", "whoami", []):
            return Answer(200, _whoami(vo))
        if request.method in {"POST", "PUT"} and (head, rest) == ("jobs", []):
            return self._submit(request, vo, bearer)
        if head == "jobs" and len(rest) == 1:
            call = {"GET": self._look, "DELETE": self._cancel}.get(request.method)
            if call is not None:
                return call(request, [each for each in rest[0].split(",") if each], vo)
        raise RefusedError(404, f"There is no {request.method} {request.path}")

    def _member(self, person: str) -> str | None:
        """The VO of somebody, or of somebody's proxy."""
        found = (vo for name, vo in self._settings.people.items()
                 if person == name or person.startswith(f"{name}/commonName="))  # fmt: skip
        return next(found, None)

    def _submit(self, request: Request, vo: str, bearer: str) -> Answer:
        if self._trouble.take("undelegated"):
            raise RefusedError(419, f'No delegation found for "{vo}"')
        try:
            told = json.loads(request.body)
            params, files = told.get("params") or {}, told["files"]
            made = [self._file(n, each, bearer) for n, each in enumerate(files)]
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise RefusedError(400, f"Invalid value within the request: {wrong}") from wrong
        if not made:
            raise RefusedError(400, "No transfers operations specified")
        number = str(uuid.uuid1())
        if params.get("id_generator") == "deterministic":
            if not params.get("sid"):
                raise RefusedError(400, "Need sid for deterministic job id generation")
            number = str(uuid.uuid5(_vo_id(vo), str(params["sid"])))
        if number in self._jobs:
            raise RefusedError(409, "The sid provided by the user is duplicated")
        self._jobs[number] = Job(number, vo, params, made)
        return Answer(200, {"job_id": number})

    def _file(self, index: int, told: dict[str, Any], bearer: str) -> File:
        (source,), (target,) = told["sources"], told["destinations"]
        for url in (source, target):
            parts = urlsplit(url)
            if not parts.scheme or parts.scheme == "file" or not parts.hostname:
                raise ValueError(f"Missing host ({url})")
            if parts.path in {"", "/"}:
                raise ValueError(f"Missing path ({url})")
        tokens = [told.get(f"{end}_tokens") for end in ("source", "destination")]
        if any(tokens) and not all(tokens):
            raise ValueError("Both source_tokens and destination_tokens are required")
        first, second = (each[0] if each else bearer for each in tokens)
        state = states.STAGING if self._trouble.staging else states.SUBMITTED
        known = told.get("checksum"), int(told.get("filesize") or 0), told.get("metadata")
        return File(index, source, target, first, second, *known, state)

    def _look(self, request: Request, numbers: list[str], vo: str) -> Answer:
        names = [each for each in request.query.get("files", "").split(",") if each]
        told = []
        for number in numbers:
            job = self._mine(number, vo)
            if job is None:
                told.append(_missing(number))
                continue
            files = {"files": [file.told(names) for file in job.files]} if names else {}
            told.append({**job.told(), **files, "http_status": "200 Ok"})
        return _several(told)

    def _cancel(self, request: Request, numbers: list[str], vo: str) -> Answer:
        del request
        told = []
        for number in numbers:
            job = self._mine(number, vo)
            if job is None:
                told.append(_missing(number))
            elif job.state in states.OVER | {states.DIRTY}:
                words = {"http_message": "The job is in a terminal state"}
                told.append({**job.told(), "http_status": "304 Not Modified", **words})
            else:
                job.cancelled = True
                for file in job.files:
                    if file.state not in states.OVER:
                        file.state, file.reason = states.CANCELED, "Job canceled by the user"
                told.append({**job.told(), "http_status": "200 Ok"})
        return _several(told)

    def _mine(self, number: str, vo: str) -> Job | None:
        job = self._jobs.get(number)
        return job if job is not None and job.vo == vo else None


def _vo_id(vo: str) -> uuid.UUID:
    return uuid.uuid5(BASE_ID, vo)


def _whoami(vo: str) -> dict[str, Any]:
    return {
        "user_dn": f"member of {vo}",
        "dn": [],
        "vos": [vo],
        "vos_id": [str(_vo_id(vo))],
        "voms_cred": [],
        "method": "oauth2",
        "base_id": str(BASE_ID),
        "delegation_id": "0123456789abcdef",
        "is_root": False,
    }


def _missing(number: str) -> dict[str, Any]:
    words = f'No job with the id "{number}" has been found'
    return {"job_id": number, "http_status": "404 Not Found", "http_message": words}


def _several(told: list[dict[str, Any]]) -> Answer:
    """One document of one job; 207 for many of which some are not as asked."""
    if len(told) == 1:
        status = int(told[0]["http_status"].split()[0])
        # A body with 304 would be none.
        return Answer(200 if status == _UNCHANGED else status, told[0])
    good = all(each["http_status"].startswith("2") for each in told)
    return Answer(200 if good else 207, told)


def _refused(status: int, words: str) -> Answer:
    return Answer(status, {"status": f"{status} {_REASONS[status]}", "message": words})
