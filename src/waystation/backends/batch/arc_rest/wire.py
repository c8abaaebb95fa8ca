"""HTTP to A-REX: REST 1.0 of ARC 6 and 1.1 of ARC 7.

A-REX writes an answer in several parts without TCP_NODELAY; a client that delays its ACKs waits
40 ms for each. So acknowledgements are asked for at once, again before each read: the kernel
forgets it (figures are in ADR 27).
"""

import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import httpx

from waystation.backends.batch.arc_rest.config import RestConfig, Shown
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.kernel.clock import Clock, SystemClock

KNOWN = ("1.1", "1.0")
_ID = re.compile(r"[A-Za-z0-9]{6,80}")
_CHUNK = 1000
_LONGEST = 300
_GONE = 404
_PARTIAL = 206
_DENIED = (401, 403)
_WRONG = 400
Item = Mapping[str, object]


def is_id(text: str) -> bool:
    """Whether it may be a job's name at A-REX, and so a part of an address."""
    return _ID.fullmatch(text) is not None


class Wire:
    """One computing element. Safe to use from several threads."""

    def __init__(self, config: RestConfig, clock: Clock | None = None) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._shown: Shown | None = None
        self._before: httpx.Client | None = None
        self._root = config.url.rstrip("/") + "/rest"
        self._client: httpx.Client | None = None
        self._version = ""
        self._sockets: list[socket.socket] = []

    def version(self) -> str:
        """The best version that both sides know."""
        if not self._version:
            told = self._json(self._call("GET", self._root))
            offered = told.get("version", []) if isinstance(told, dict) else []
            every = [offered] if isinstance(offered, str) else list(offered)
            known = [each for each in KNOWN if each in every]
            if not known:
                raise BatchUnavailableError(f"A-REX speaks REST {every}; we know {KNOWN}.")
            self._version = known[0]
        return self._version

    def new(self, description: str) -> list[Item]:
        """Submit jobs; an answer each, in their order."""
        headers = {"content-type": "application/xrsl"}
        return self._items("POST", "jobs?action=new", "job", content=description, headers=headers)

    def act(self, action: str, jobs: Iterable[str]) -> list[Item]:
        """Do something to jobs; an answer each."""
        every, answers = list(filter(is_id, jobs)), list[Item]()
        for n in range(0, len(every), _CHUNK):
            told = {"job": [{"id": job} for job in every[n : n + _CHUNK]]}
            answers += self._items("POST", f"jobs?action={action}", "job", json=told)
        return answers

    def jobs(self, states: Iterable[str]) -> dict[str, str]:
        """All jobs of ours, with their state of now."""
        order = list(states)
        found: dict[str, str] = {}
        for each in self._items("GET", f"jobs?state={','.join(order)}", "job"):
            job, word = str(each.get("id")), str(each.get("state", "")).upper()
            # Told twice it is on its way from one to the other: what is over is told again.
            found[job] = min(word, found.get(job, word), key=_place_in(order))
        return found

    def info(self) -> object:
        """What it publishes of itself."""
        return self._json(self._call("GET", self._at("info")))

    def diagnose(self, job: str, what: str) -> str:
        """A file of the control directory; empty when there is none."""
        return self._bytes(f"jobs/{job}/diagnose/{what}", {}).decode(errors="replace")

    def read(self, job: str, path: str, offset: int, limit: int) -> bytes:
        """Bytes of a file of a job, from its end when `offset` is below 0; empty without one."""
        span = f"{offset}-{offset + limit - 1}" if offset >= 0 else f"{offset}"
        found = self._bytes(_file(job, path), {"range": f"bytes={span}"})
        return (found if offset >= 0 else found[offset:])[:limit]

    def names(self, job: str, folder: str) -> tuple[list[str], list[str]] | None:
        """Files and folders in a folder of a job; None when it is not there."""
        answer = self._call("GET", self._at(_file(job, folder) + "/"), missing=True)
        if answer.status_code == _GONE:
            return None
        told = self._json(answer)
        files, below = ([_text(str(each)) for each in _several(told, kind)]
                        for kind in ("file", "dir"))  # fmt: skip
        return files, below

    @contextmanager
    def reading(self, job: str, path: str) -> Iterator[Iterator[bytes]]:
        """The bytes of a file of a job."""
        with self._faults(), self._http().stream(
            "GET", self._at(_file(job, path)), headers=self._headers({}), extensions=self._quick
        ) as answer:  # fmt: skip
            self._check(answer)
            if not {"content-length", "transfer-encoding"} & answer.headers.keys():
                raise BatchUnavailableError("A-REX did not say how long a file is.")
            yield answer.iter_bytes(2**18)

    def put(self, job: str, path: str, content: bytes | Iterable[bytes], size: int) -> None:
        """Write a file of a job."""
        headers = {"content-length": str(size)}
        self._call("PUT", self._at(_file(job, path)), content=content, headers=headers)

    def request(self) -> tuple[str, bytes]:
        """A new delegation: its name, and what A-REX asks us to sign."""
        answer = self._call("POST", self._at("delegations?action=new"))
        # A-REX 6 puts the name behind a query, A-REX 7 into the path.
        name = answer.headers.get("location", "").rpartition("/")[2]
        if not name:
            raise BatchUnavailableError("A-REX gave a delegation no name.")
        return name, answer.content

    def renewal(self, name: str) -> bytes | None:
        """What A-REX asks us to sign for a delegation again; None when it has no such one."""
        address = self._at(f"delegations/{quote(name)}?action=renew")
        answer = self._call("POST", address, missing=True)
        return None if answer.status_code == _GONE else answer.content

    def delegate(self, name: str, pem: bytes) -> None:
        """Hand over what was signed."""
        headers = {"content-type": "application/x-pem-file"}
        self._call("PUT", self._at(f"delegations/{quote(name)}"), content=pem, headers=headers)

    def close(self) -> None:
        """Let connections go. Can be called twice."""
        with self._lock:
            every, self._client, self._before = (self._client, self._before), None, None
        self._sockets.clear()
        for each in every:
            if each is not None:
                each.close()

    # ---------------------------------------------------------------------------------- one call

    def _at(self, path: str) -> str:
        return f"{self._root}/{self.version()}/{path}"

    def _items(self, method: str, path: str, kind: str, **more: Any) -> list[Item]:  # noqa: ANN401 - httpx' own words
        told = self._json(self._call(method, self._at(path), **more))
        return [each for each in _several(told, kind) if isinstance(each, dict)]

    def _bytes(self, path: str, headers: Mapping[str, str]) -> bytes:
        answer = self._call("GET", self._at(path), missing=True, headers=headers)
        return answer.content if answer.status_code in {200, _PARTIAL} else b""

    def _call(
        self,
        method: str,
        address: str,
        *,
        missing: bool = False,
        headers: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - httpx' own words
    ) -> httpx.Response:
        with self._faults():
            told = self._headers(headers or {})
            answer = self._http().request(
                method, address, headers=told, extensions=self._quick, **more
            )
        if not (missing and answer.status_code in {_GONE, 416}):
            self._check(answer)
        return answer

    def _check(self, answer: httpx.Response) -> None:
        if answer.status_code < _WRONG:
            return
        with suppress(httpx.StreamError, httpx.HTTPError):
            answer.read()
        said = " ".join(answer.text.split())[:_LONGEST] if answer.is_closed else ""
        words = f"A-REX answers {answer.status_code}: {said or answer.reason_phrase}"
        if answer.status_code in _DENIED:
            raise BatchUnavailableError(
                f"A-REX does not take our proxy or token: it answers {answer.status_code}.",
                advice=f"Renew it, or look at its rights. {words}",
            )
        raise BatchUnavailableError(words)

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        told = {"accept": "application/json", **more}
        if self._config.token_file is not None:
            token = self._config.token_file.read_text().partition("\n")[0].strip()
            if not token.isascii() or not token:
                raise BatchUnavailableError(f"There is no token in {self._config.token_file}.")
            told["authorization"] = f"Bearer {token}"
        return told

    def _http(self) -> httpx.Client:
        """Who we are is read again when its file was renewed; calls under way go on as they were.

        Raises:
            OSError: the file cannot be used.
            BatchUnavailableError: it has ended.
        """
        with self._lock:
            shown = self._config.shown(self._shown)
            if shown is not None and shown.until <= self._clock.now():
                ended = f"{shown.until:%Y-%m-%d %H:%M} UTC"
                raise BatchUnavailableError(
                    f"Our proxy for {self._config.name} ended at {ended}.",
                    advice="Renew it: what runs goes on, and is followed again then.",
                )
            if self._client is None or shown != self._shown:
                made = httpx.Client(
                    verify=self._config.trust(), timeout=self._config.timeout_s, trust_env=False
                )
                if self._before is not None:
                    self._before.close()
                self._before, self._client, self._shown = self._client, made, shown
            return self._client

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as problem:
            raise BatchUnavailableError(
                f"A-REX cannot be reached: {str(problem) or type(problem).__name__}."
            ) from problem
        except OSError as problem:
            raise BatchUnavailableError(f"A credential cannot be used: {problem}.") from problem

    @staticmethod
    def _json(answer: httpx.Response) -> object:
        """An empty list is no body at all in A-REX 6."""
        if not answer.content.strip():
            return {}
        try:
            return answer.json()
        except ValueError as problem:
            raise BatchUnavailableError("A-REX did not answer in JSON.") from problem

    @property
    def _quick(self) -> dict[str, Any]:
        return {"trace": self._trace}

    def _trace(self, event: str, told: Mapping[str, Any]) -> None:
        """Of httpcore: notes connections, and asks for quick ACKs before each read."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            found = told["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                self._sockets = [each for each in self._sockets if each.fileno() >= 0] + [found]
        elif event.endswith(("receive_response_headers.started", "send_request_body.complete")):
            for each in tuple(self._sockets):
                with suppress(OSError):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _place_in(order: Sequence[str]) -> Callable[[str], int]:
    """How far on a state is; one that we do not know is not far."""
    return lambda word: order.index(word) if word in order else -1


def _several(told: object, kind: str) -> list[object]:
    """A list of one is an object in A-REX 6, and always a list in A-REX 7."""
    found = told.get(kind, []) if isinstance(told, dict) else []
    return found if isinstance(found, list) else [found]


def _text(name: str) -> str:
    """A-REX 6 writes each byte of a name as if it were a letter of its own."""
    try:
        return name.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return name


def _file(job: str, path: str) -> str:
    return f"jobs/{job}/session/{quote(path.encode('utf-8', 'surrogateescape'))}"
