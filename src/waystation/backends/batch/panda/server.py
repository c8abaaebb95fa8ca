"""Calls of PanDA's REST API, version 1.

Paths, bodies and answers as panda-client 2.2.0 has them and panda-server (`api/v1/job_api.py`,
2026-08) answers: `{"success": ..., "message": ..., "data": ...}`, always with status 200.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from waystation.backends.batch.panda.config import PandaConfig
from waystation.backends.batch.panda.line import Host, Line
from waystation.backends.batch.panda.words import Told
from waystation.domains.jobs.errors import BatchUnavailableError

Said = TypeVar("Said")
_CHUNK = 1000
_OK = 200


class RefusedError(Exception):
    """It heard us, and did nothing; its own words."""


class Answer(msgspec.Struct, frozen=True):
    """Of any call."""

    success: bool
    message: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class Server:
    """A PanDA server."""

    def __init__(self, config: PandaConfig) -> None:
        headers = {"accept": "application/json"}
        if config.token_file is not None and config.vo:
            headers["origin"] = config.vo  # PanDA looks up the issuer by it
        self._root = config.url.rstrip("/")
        self._line = Line(config, Host("PanDA", config.token_file, headers))

    def submit(self, jobs: str) -> list[int | None]:
        """Hand over jobs; a number each, in their order. None is one that was not taken.

        Raises:
            RefusedError: none was taken.
            BatchUnavailableError: not known whether any was.
        """
        answer = self._call("POST", "job/submit", {"jobs": jobs})
        if not answer.success:
            raise RefusedError(" ".join(answer.message.split())[:300] or "no reason")
        told = _read(answer, list[tuple[object, ...]])
        return [_number(each[0]) if each else None for each in told]

    def look(self, numbers: Sequence[int]) -> dict[int, Told]:
        """What it knows of jobs, by number."""
        found: dict[int, Told] = {}
        for n in range(0, len(numbers), _CHUNK):
            chosen = {"job_ids": list(numbers[n : n + _CHUNK])}
            told = _read(self._good("POST", "job/get_description", chosen), list[Told | None])
            found |= {each.number: each for each in told if each is not None and each.number}
        return found

    def kill(self, numbers: Sequence[int]) -> None:
        """End jobs; those that are over or not known are good."""
        for n in range(0, len(numbers), _CHUNK):
            self._good("POST", "job/kill", {"job_ids": list(numbers[n : n + _CHUNK])})

    def counts(self, site: str) -> Mapping[str, int]:
        """How many jobs of anybody a site has, by PanDA's states."""
        answer = self._good("GET", "statistics/active_job_stats_by_site", None)
        return _read(answer, dict[str, dict[str, int]]).get(site, {})

    def close(self) -> None:
        """Let connections go."""
        self._line.close()

    def _good(self, method: str, path: str, body: object) -> Answer:
        answer = self._call(method, path, body)
        if not answer.success:
            words = " ".join(answer.message.split())[:300] or "no reason"
            raise BatchUnavailableError(f"PanDA refuses: {words.rstrip('.')}.")
        return answer

    def _call(self, method: str, path: str, body: object) -> Answer:
        address = f"{self._root}/{path}"
        if method == "GET":
            answer = self._line.call(method, address, (_OK,))
        else:
            answer = self._line.call(method, address, (_OK,), json=body)
        try:
            return msgspec.json.decode(answer.content, type=Answer)
        except msgspec.MsgspecError as problem:
            raise BatchUnavailableError(f"PanDA's answer is strange: {problem}.") from problem


def _read(answer: Answer, kind: type[Said]) -> Said:
    try:
        return msgspec.json.decode(answer.data, type=kind, strict=False)
    except msgspec.MsgspecError as problem:
        raise BatchUnavailableError(f"PanDA's answer is strange: {problem}.") from problem


def _number(said: object) -> int | None:
    """PanDA says "NULL" for one that it did not take."""
    return int(str(said)) if str(said).isdigit() else None
