"""The engine `fts`.

**One key is one job.** The service is asked for deterministic numbers: the id of a job is made of
our VO and of the load's key (uuid5), so that it is known before the job is submitted. A second
submission is answered 409, whoever makes it, and is the same job.
"""

import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any
from urllib.parse import quote

from waystation.backends.transfer.fts import words
from waystation.backends.transfer.fts.config import FtsConfig
from waystation.backends.transfer.fts.session import Session, message
from waystation.backends.transfer.hands import hosts
from waystation.backends.transfer.loads import check
from waystation.domains.transfers.entities import (
    Ability,
    Endpoint,
    Kind,
    Load,
    Piece,
    Progress,
    TaskState,
)
from waystation.domains.transfers.errors import (
    EngineError,
    EngineRefusedError,
    EngineUnavailableError,
)
from waystation.kernel.clock import Clock

AT_ONCE = 50
"""Jobs asked about in one call: their numbers have to fit into a URL."""
KEPT = 1_000
"""Ends of jobs that are remembered: each is asked for with its files once."""
LONGEST = 1_100
"""Characters of a URL in the tables of the service."""
_GOOD, _MULTI, _MISSING, _THERE = 200, 207, 404, 409
_CHECKSUMS = {"adler32": "ADLER32", "md5": "MD5"}
_OVER = {"FINISHED", "FAILED", "FINISHEDDIRTY", "CANCELED"}
_FILE_FIELDS = "file_state,reason,file_metadata,user_filesize"


class FtsEngine:
    """`Engine` by the REST interface of FTS3."""

    def __init__(self, config: FtsConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._session = Session(config)
        self._lock = threading.Lock()
        self._vo: uuid.UUID | None = None
        self._ends: OrderedDict[str, Progress] = OrderedDict()

    @property
    def name(self) -> str:
        """As the port promises."""
        return self._config.name

    @property
    def ability(self) -> Ability:
        """As the port promises."""
        said = self._config
        verifies = said.verify_checksum != "none"
        return Ability(said.most_files, said.most_active, verifies=verifies, survives=True)

    def check_config(self) -> list[str]:
        """As the port promises: does the service answer, and know us?"""
        try:
            self._number_of("any")
        except EngineError as problem:
            return [f"{problem.sentence} {problem.advice}".strip()]
        return []

    def objection(self, source: Endpoint, target: Endpoint) -> str | None:
        """As the port promises."""
        for end in (source, target):
            url = end.facts.get("url", "")
            if end.kind is Kind.HTTP:
                refusal = self._config.hosts.objection(url)
            elif end.kind is Kind.GRIDFTP:
                refusal = hosts.objection(url, self._config.hosts.names)
            else:
                return f"FTS moves between servers; this is {end.kind.value}."
            if refusal:
                return refusal
        return None

    def submit(self, load: Load) -> str:
        """As the port promises."""
        check(load, self._config.most_files)
        refusal = self.objection(load.source, load.target)
        if refusal:
            raise EngineRefusedError(refusal)
        handle = self._number_of(load.key)
        status, told = self._session.ask("POST", "/jobs", self._document(load))
        if status == _GOOD:
            return str(told["job_id"])
        if status == _THERE:
            # Ours, or a job of somebody else is on its way to one of the same files.
            if self.look([handle])[handle].state is not TaskState.LOST:
                return handle
            raise EngineUnavailableError(f"FTS has another job for these files: {message(told)}.")
        raise EngineRefusedError(
            f"FTS refuses: {message(told)}.",
            advice="Look whether it knows both servers and takes our credential for them.",
        )

    def look(self, handles: Sequence[str]) -> Mapping[str, Progress]:
        """As the port promises: two calls for many, and for the second only what has ended."""
        found: dict[str, Progress] = dict.fromkeys(handles, Progress(TaskState.LOST))
        with self._lock:
            known = {each: self._ends[each] for each in found if each in self._ends}
        left = [each for each in found if each not in known and _is_uuid(each)]
        over = []
        for job in self._jobs(left):
            handle = str(job["job_id"])
            if job.get("job_state") in _OVER:
                over.append(handle)
            elif "job_state" in job:
                state, reason = str(job["job_state"]), str(job.get("reason") or "")
                found[handle] = Progress(TaskState.MOVING, words=words.now(state, reason))
        for job in self._jobs(over, files=_FILE_FIELDS):
            if "files" in job:
                handle = str(job["job_id"])
                found[handle] = known[handle] = _end(job)
        with self._lock:
            for handle, end in known.items():
                self._ends[handle] = end
            while len(self._ends) > KEPT:
                self._ends.popitem(last=False)
        return found | known

    def cancel(self, handle: str) -> None:
        """As the port promises; one that is over is answered 304, one not known 404."""
        if _is_uuid(handle):
            self._session.ask("DELETE", f"/jobs/{handle}")

    def close(self) -> None:
        """As the port promises; the jobs go on."""
        self._session.close()

    # ---------------------------------------------------------------------------------- within

    def _number_of(self, key: str) -> str:
        """The id that the job of a key has, or will have."""
        if self._vo is None:
            status, told = self._session.ask("GET", "/whoami")
            try:
                self._vo = uuid.UUID(told["vos_id"][0])
            except (KeyError, IndexError, TypeError, ValueError) as problem:
                raise EngineUnavailableError(
                    f"FTS does not say which VO we are of ({status}).",
                    advice=f"Look whether {self._config.url} is the REST port of FTS3.",
                ) from problem
        return str(uuid.uuid5(self._vo, _sid(key)))

    def _jobs(self, handles: Sequence[str], **query: str) -> list[Mapping[str, Any]]:
        """What the service says of jobs; of those that it does not know too."""
        told: list[object] = []
        for first in range(0, len(handles), AT_ONCE):
            some = handles[first : first + AT_ONCE]
            status, said = self._session.ask("GET", f"/jobs/{','.join(some)}", **query)
            if status not in {_GOOD, _MULTI, _MISSING}:
                raise EngineUnavailableError(f"FTS tells nothing of jobs: {message(said)}.")
            told += said if isinstance(said, list) else [said]
        return [job for job in told if isinstance(job, Mapping) and "job_id" in job]

    def _document(self, load: Load) -> Mapping[str, object]:
        said = self._config
        left = ceil((load.deadline - self._clock.now()).total_seconds())
        tokens = self._tokens(load)
        return {
            "files": [{**self._file(load, piece), **tokens} for piece in load.pieces],
            "params": {
                "id_generator": "deterministic",
                "sid": _sid(load.key),
                "verify_checksum": said.verify_checksum,
                # A target that is there is of an earlier try, or an earlier content.
                "overwrite": True,
                "retry": said.retries,
                "priority": said.priority,
                "max_time_in_queue": f"{max(1, left)}s",
                "job_metadata": {"label": load.label[:200], "issuer": "waystation"},
            },
        }

    def _file(self, load: Load, piece: Piece) -> dict[str, object]:
        source, target = _url(load.source, piece.source), _url(load.target, piece.target)
        if max(len(source), len(target)) > LONGEST:
            raise EngineRefusedError(f"File {piece.n}: FTS takes no URL as long.", n=piece.n)
        told: dict[str, object] = {
            "sources": [source],
            "destinations": [target],
            "filesize": piece.size,
            "metadata": {"n": piece.n},
        }
        for kind, name in _CHECKSUMS.items():
            if kind in piece.checksums:
                return {**told, "checksum": f"{name}:{piece.checksums[kind]}"}
        return told

    def _tokens(self, load: Load) -> dict[str, object]:
        """Tokens of the two ends, when they have some: the service wants both or none."""
        given = [end.facts.get("token", "") for end in (load.source, load.target)]
        if not any(given):
            return {}
        own = self._session.token()
        source, target = (each or own for each in given)
        if not source or not target:
            raise EngineRefusedError("FTS needs a token for both ends, or for none.")
        return {"source_tokens": [source], "destination_tokens": [target]}


def _end(job: Mapping[str, Any]) -> Progress:
    """How a job ended, file by file."""
    come, size, why = 0, 0, dict[int, str]()
    for file in job["files"]:
        if file.get("file_state") == "FINISHED":
            come, size = come + 1, size + int(file.get("user_filesize") or 0)
            continue
        number = (file.get("file_metadata") or {}).get("n")
        if isinstance(number, int):
            why[number] = words.failed(str(file.get("file_state")), str(file.get("reason") or ""))
    if job["job_state"] == "FINISHED":
        return Progress(TaskState.DONE, come, size)
    first = next(iter(why.values()), words.failed(str(job["job_state"]), job.get("reason") or ""))
    return Progress(TaskState.FAILED, come, size, first, why)


def _sid(key: str) -> str:
    """What the service makes a job's id of."""
    return f"waystation-{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def _url(end: Endpoint, path: str) -> str:
    return f"{end.facts['url'].rstrip('/')}/{quote(path, safe='/')}"


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
