"""Another Waystation, by `/api/v1/replication`."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from waystation.domains.transfers.entities import (
    Endpoint,
    Kind,
    Offer,
    PartnerInfo,
    Sending,
    Standing,
    Welcome,
)
from waystation.domains.transfers.errors import PartnerRefusedError, PartnerUnavailableError

_BASE = "/api/v1/replication"
_LATER = {401, 408, 425, 429, 500, 502, 503, 504, 507}
"""Also 401: a token that ended is mended by a person, and nothing is lost meanwhile."""
_WORDS = 300


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """How partners are reached.

    Attributes:
        ca_file: whom we believe; None is the system's authorities.
        timeout_s: longest wait for an answer.
    """

    ca_file: Path | None = None
    timeout_s: float = 60.0


class WaystationSite:
    """A `Site` that is another Waystation.

    Args:
        partner: which.
        config: how it is reached.
    """

    def __init__(self, partner: PartnerInfo, config: SiteConfig) -> None:
        self._name = partner.name
        trust = ssl.create_default_context(cafile=config.ca_file and str(config.ca_file))
        self._http = httpx.Client(
            base_url=partner.url.rstrip("/"),
            headers={"Authorization": f"Bearer {partner.token}"},
            verify=trust,
            timeout=config.timeout_s,
            trust_env=False,
        )

    def hello(self) -> str:
        """As the port promises."""
        return str(self._ask("GET", "/hello", None)["name"])

    def introduce(self, name: str, url: str, token: str) -> None:
        """Say who we are, and with what it may ask us: the second half of pairing."""
        self._ask("PUT", "/hello", {"name": name, "url": url, "token": token})

    def offer(self, offer: Offer) -> Welcome:
        """As the port promises."""
        said = self._ask("POST", "/offers", offer)
        return Welcome(said["there"], _numbered(said["refused"]), _ends(said))

    def settle(self, arrived: Mapping[str, Mapping[int, str]]) -> Mapping[str, Standing | None]:
        """As the port promises."""
        told = self._ask("POST", "/settle", {"arrived": arrived})["shipments"]
        return {key: _standing(each) if each is not None else None for key, each in told.items()}

    def report(self, ended: Mapping[str, Standing]) -> None:
        """As the port promises."""
        self._ask("POST", "/report", {"shipments": ended})

    def sending(self, keys: Sequence[str]) -> Mapping[str, Sending]:
        """As the port promises."""
        said = self._ask("POST", "/sending", {"keys": keys})["shipments"]
        return {key: Sending(word) for key, word in said.items()}

    def holds(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """As the port promises."""
        return self._each("/holds", space, files)

    def sources(self, space: str) -> Sequence[Endpoint]:
        """As the port promises."""
        return _ends(self._ask("POST", "/sources", {"space": space}))

    def damaged(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """As the port promises."""
        return self._each("/damaged", space, files)

    def cancel(self, keys: Sequence[str]) -> None:
        """As the port promises."""
        self._ask("POST", "/cancel", {"keys": keys})

    def doubt(self, space: str, files: Sequence[tuple[str, str]]) -> None:
        """As the port promises."""
        self._ask("POST", "/doubt", {"space": space, "files": files})

    def _each(self, path: str, space: str, files: Sequence[tuple[str, str]]) -> list[bool]:
        said = self._ask("POST", path, {"space": space, "files": files})["there"]
        if len(said) != len(files):
            raise PartnerUnavailableError(f"{self._name} answers something else than was asked.")
        return [bool(each) for each in said]

    def _ask(self, method: str, path: str, body: object) -> dict[str, Any]:
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            answer = self._http.request(method, _BASE + path, content=content, headers=headers)
        except (httpx.HTTPError, ssl.SSLError) as problem:
            raise PartnerUnavailableError(
                f"{self._name} cannot be reached: {type(problem).__name__} {problem}"[:_WORDS]
            ) from problem
        if answer.is_success:
            try:
                return msgspec.json.decode(answer.content, type=dict)
            except msgspec.DecodeError as problem:
                raise PartnerUnavailableError(f"{self._name} answers no JSON.") from problem
        words = f"{self._name} answers {answer.status_code}: {_title(answer)}"
        if answer.status_code in _LATER:
            raise PartnerUnavailableError(words)
        raise PartnerRefusedError(words)


def _title(answer: httpx.Response) -> str:
    try:
        found = answer.json()
        return str(found.get("title") or found)[:_WORDS]
    except (ValueError, AttributeError):
        return answer.text[:_WORDS]


def _ends(said: Mapping[str, Any]) -> list[Endpoint]:
    return [
        Endpoint(Kind(e["kind"]), e["facts"]) for e in said["endpoints"] if e["kind"] in set(Kind)
    ]


def _numbered(said: Mapping[str, str]) -> dict[int, str]:
    return {int(n): words for n, words in said.items()}


def _standing(said: Mapping[str, object]) -> Standing:
    landed, failed = said["landed"], said["failed"]
    assert isinstance(landed, list)
    assert isinstance(failed, dict)
    return Standing(bool(said["open"]), landed, _numbered(failed))
