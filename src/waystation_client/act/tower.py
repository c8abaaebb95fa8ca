"""HTTP to the server: the calls of aCT's REST interface."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

import httpx

from waystation_client.act.errors import ActError

TIMEOUT_S = 120.0
BATCH = 100
"""Jobs of one call, as the old client has it."""
_OK, _NOTHING = 200, 204
_PIECE = 2**20


class Tower:
    """The server.

    Args:
        server: its URL; of it scheme, host and port count.
        token: that it is shown; empty is none.
    """

    def __init__(self, server: str, token: str = "") -> None:
        parts = urlsplit(server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ActError(f"{server!r} is no URL of a server: say https://HOST:PORT.")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        base = f"{parts.scheme}://{parts.netloc}"
        # Files are waited for: a server that brings them from elsewhere needs its time.
        self._http = httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT_S)
        # What asks for HTML is a browser, and has its page.
        self._http.headers["accept"] = "application/json"

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def call(self, method: str, path: str, body: object = None, **params: object) -> object:
        """A call of which the answer is JSON.

        Raises:
            ActError: it was refused, in the server's words; or nobody answers.
        """
        given = {name: _said(value) for name, value in params.items() if value}
        answer = self._sent(method, path, params=given, json=body if body is not None else None)
        if answer.status_code == _NOTHING:
            return None
        try:
            told = json.loads(answer.content)
        except ValueError as problem:
            raise ActError("Error decoding JSON: aCT REST might not be running") from problem
        if answer.status_code != _OK:
            said = told.get("msg") if isinstance(told, dict) else None
            raise ActError(str(said or f"HTTP {answer.status_code}"))
        return told

    def jobs(self, method: str, ids: Sequence[int], **params: object) -> list[dict[str, object]]:
        """A call about jobs, a hundred at a time; all of them without numbers."""
        if not ids:
            return self.call(method, "/jobs", None, **params)  # type: ignore[return-value]
        found: list[dict[str, object]] = []
        for at in range(0, len(ids), BATCH):
            some = list(ids[at : at + BATCH])
            found += self.call(method, "/jobs", None, id=some, **params)  # type: ignore[arg-type]
        return found

    def put(self, number: int, name: str, path: Path) -> None:
        """Upload an input.

        Raises:
            ActError: it cannot be read, or was refused.
        """
        try:
            with path.open("rb") as file:
                at = f"/jobs/{number}/data/{quote(name)}"
                answer = self._sent("PUT", at, content=iter(lambda: file.read(_PIECE), b""))
        except OSError as problem:
            raise ActError(f"Error opening file {path}: {problem.strerror}") from problem
        if answer.status_code != _NOTHING:
            raise ActError(_words(answer))

    def fetch(self, number: int, into: Path) -> bool:
        """Download what a job left; whether there was anything.

        Raises:
            ActError: something of it cannot be had.
        """
        waiting, some = [""], False
        while waiting:
            folder = waiting.pop()
            listing = self.call("GET", f"/jobs/{number}/results/{quote(folder)}")
            if not isinstance(listing, dict):
                continue
            waiting += [f"{folder}{_safe(name)}/" for name in listing["dir"]]
            for name in listing["file"]:
                place = into / folder / _safe(name)
                place.parent.mkdir(parents=True, exist_ok=True)
                # Under another name until it is whole.
                part = place.with_name(f".{place.name}.part")
                with part.open("wb") as file:
                    for piece in self.read(f"/jobs/{number}/results/{quote(folder + name)}"):
                        file.write(piece)
                part.replace(place)
                some = True
        return some

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes at a path."""
        try:
            with self._http.stream("GET", path) as answer:
                if answer.status_code != _OK:
                    answer.read()
                    raise ActError(_words(answer))
                yield from answer.iter_bytes(_PIECE)
        except httpx.HTTPError as problem:
            raise ActError(f"The server does not answer: {problem}") from problem

    def _sent(self, method: str, path: str, **more: object) -> httpx.Response:
        try:
            return self._http.request(method, path, **more)  # type: ignore[arg-type]
        except httpx.HTTPError as problem:
            raise ActError(f"The server does not answer: {problem}") from problem


def _safe(name: str) -> str:
    """A name that a server gave, of a file in this folder and nowhere else."""
    parts = PurePosixPath(name).parts
    if len(parts) != 1 or parts[0] in {"..", "/", "."} or "\0" in name:
        raise ActError(f"The server names a file {name!r}: it is not written.")
    return name


def _said(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _words(answer: httpx.Response) -> str:
    try:
        return str(json.loads(answer.content)["msg"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
