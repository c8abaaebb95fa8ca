"""The wire of a Librarian as one that calls it: every call a POST with HTTP Basic.

Facts are in the code of `simonsobs/librarian` e5dbd79. One connection is kept open, and every call
has a deadline: its own client has neither.
"""

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import httpx
import msgspec

from waystation.domains.transfers.entities import PartnerInfo
from waystation.domains.transfers.errors import PartnerRefusedError, PartnerUnavailableError

_BASE = "/api/v2/"
_LATER = {401, 408, 425, 429, 500, 502, 503, 504, 507}
"""Also 401: a password that was changed is mended by a person, and nothing is lost meanwhile."""
_WORDS = 300


class Status(IntEnum):
    """Of a transfer, as the wire numbers them."""

    INITIATED = 0
    ONGOING = 1
    STAGED = 2
    COMPLETED = 3
    FAILED = 4
    CANCELLED = 5


@dataclass(frozen=True, slots=True)
class WireConfig:
    """How Librarians are reached.

    Attributes:
        ca_file: whom we believe; None is the system's authorities.
        timeout_s: longest wait for an answer.
    """

    ca_file: Path | None = None
    timeout_s: float = 60.0


class AnsweredError(Exception):
    """A refusal, for those who do something else then.

    Attributes:
        status: of HTTP.
        told: what came with it; what is JSON in a `detail` is taken out of it.
        words: for people.
    """

    def __init__(self, status: int, told: Mapping[str, Any], words: str) -> None:
        super().__init__(words)
        self.status = status
        self.told = told
        self.words = words


class LibrarianWire:
    """Calls one Librarian.

    All methods but `ask` raise:
        PartnerUnavailableError: it does not answer, or not known whether it did.
        PartnerRefusedError: it will not.
    """

    def __init__(self, partner: PartnerInfo, config: WireConfig) -> None:
        self._name = partner.name
        user, _, password = partner.token.partition(":")
        self._http = httpx.Client(
            base_url=partner.url.rstrip("/"),
            headers={"Content-Type": "application/json"},
            auth=(user, password),
            verify=ssl.create_default_context(cafile=config.ca_file and str(config.ca_file)),
            timeout=config.timeout_s,
            trust_env=False,
        )

    def hello(self) -> str:
        """What it calls itself; shows that it knows us."""
        return str(self.call("ping/logged", {}).get("name", ""))

    def ping(self) -> None:
        """Whether anybody is there, whether it knows us or not."""
        self.call("ping/", {})

    def standing(self, sources: Sequence[int], targets: Sequence[int]) -> dict[int, int | None]:
        """How transfers stand there, of those it sends or of those it gets; None: it knows none.

        One of the two lists is empty.
        """
        body = {"source_transfer_ids": sources, "destination_transfer_ids": targets}
        said = self.call("checkin/status", body)
        found = said["source_transfer_status" if sources else "destination_transfer_status"]
        return {int(number): code for number, code in found.items()}

    def update(self, sources: Sequence[int], targets: Sequence[int], status: int) -> None:
        """Transfers have another status from now on; those that may not have it keep theirs."""
        body = {"source_transfer_ids": sources, "destination_transfer_ids": targets}
        self.call("checkin/update", {**body, "new_status": int(status)})

    def complete(self, source: int, target: int, store: int) -> None:
        """A file that it sent is in our store."""
        body = {"source_transfer_id": source, "destination_transfer_id": target}
        self.call("clone/complete", {**body, "store_id": store})

    def call(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON of any shape
        """A call whose refusal is an error."""
        try:
            return self.ask(path, body)
        except AnsweredError as answered:
            words = f"{self._name} answers {answered.status}: {answered.words}"
            if answered.status in _LATER:
                raise PartnerUnavailableError(words) from answered
            raise PartnerRefusedError(words) from answered

    def ask(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON of any shape
        """A call whose refusal says something.

        Raises:
            AnsweredError: it is refused.
            PartnerUnavailableError: nothing that can be read is answered.
        """
        try:
            answer = self._http.post(_BASE + path, content=msgspec.json.encode(body))
        except (httpx.HTTPError, ssl.SSLError) as problem:
            raise PartnerUnavailableError(
                f"{self._name} cannot be reached: {type(problem).__name__} {problem}"[:_WORDS]
            ) from problem
        if not answer.is_success:
            told = _told(answer)
            words = str(told.get("reason") or told.get("detail") or answer.text)[:_WORDS]
            raise AnsweredError(answer.status_code, told, words)
        try:
            return msgspec.json.decode(answer.content or b"null")
        except msgspec.DecodeError as problem:
            raise PartnerUnavailableError(f"{self._name} answers no JSON.") from problem


def _told(answer: httpx.Response) -> dict[str, Any]:
    """What a refusal says, in either of its two shapes."""
    try:
        found = answer.json()
        detail = found.get("detail")
        inner = json.loads(detail) if isinstance(detail, str) and detail[:1] == "{" else detail
        return inner if isinstance(inner, dict) else found
    except (ValueError, AttributeError):
        return {}
