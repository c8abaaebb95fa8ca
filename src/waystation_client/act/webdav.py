"""Inputs in a WebDAV folder of the user's, reached with the grid proxy."""

import ssl
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from waystation_client.act.errors import ActError
from waystation_client.act.tower import TIMEOUT_S

_PIECE = 2**20
_NOT_FOUND = 404


class Folder:
    """A folder; each job has one of its own in it.

    Args:
        base: its URL.
        proxy: file with the grid proxy.
        authorities: directory with those of grid servers; None is the system's alone.
    """

    def __init__(self, base: str, proxy: Path, authorities: Path | None) -> None:
        self._base = base.rstrip("/")
        context = ssl.create_default_context()
        try:
            if authorities is not None:
                context.load_verify_locations(capath=authorities)
            context.load_cert_chain(proxy)
        except (OSError, ssl.SSLError) as problem:
            raise ActError(f"Could not find proxy file {proxy}") from problem
        self._http = httpx.Client(verify=context, timeout=TIMEOUT_S, follow_redirects=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def put(self, number: int, name: str, path: Path) -> str:
        """Upload an input of a job; its address."""
        here = f"{self._base}/{number}"
        self._sent("MKCOL", here, good=(201, 405))
        above = Path(name).parent.parts
        for depth in range(1, len(above) + 1):
            self._sent("MKCOL", f"{here}/{quote('/'.join(above[:depth]))}", good=(201, 405))
        address = f"{here}/{quote(name)}"
        with path.open("rb") as file:
            data = file if path.stat().st_size <= _PIECE else None
            content = file.read() if data else iter(lambda: file.read(_PIECE), b"")
            self._sent("PUT", address, good=(200, 201, 204), content=content)
        return address

    def clean(self, number: int) -> None:
        """A job's folder goes; it may be gone already."""
        self._sent("DELETE", f"{self._base}/{number}", good=(200, 202, 204, _NOT_FOUND))

    def _sent(
        self, method: str, url: str, *, good: tuple[int, ...], content: object = None
    ) -> None:
        try:
            answer = self._http.request(method, url, content=content)  # type: ignore[arg-type]
        except httpx.HTTPError as problem:
            raise ActError(f"{url} does not answer: {problem}") from problem
        if answer.status_code not in good:
            raise ActError(f"{method} {url}: HTTP {answer.status_code} {answer.text[:200]}")
