"""Replication by the SDK: partner sites, rules and shipments. For administrators."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from waystation_client.transport import Transport, decoded


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Another site; `words` say why it does not answer."""

    name: str
    kind: str
    url: str
    enabled: bool
    last_seen: datetime | None
    last_heard: datetime | None
    words: str
    going: int
    coming: int
    stuck: int
    doubts: int
    sent_day: int
    received_day: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A standing order: what of a space goes where."""

    name: str
    space: str
    prefix: str
    pattern: str
    target_space: str
    target_prefix: str
    partners: list[str]
    copies: int
    priority: int
    min_age_s: int
    daily_bytes: int | None
    windows: list[str]
    enabled: bool
    delete_after_s: int | None = None


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """Files that go together; `way` is `out` or `in`."""

    id: int
    way: str
    partner: str
    rule: str
    space: str
    target_space: str
    state: str
    engine: str
    words: str
    attention: bool
    files: int
    bytes: int
    waiting: int
    landed: int
    failed: int
    cancelled: int
    bytes_moved: int
    bytes_landed: int
    created: datetime
    finished: datetime | None
    repair: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one site would get; `rate` and `seconds` are None when they are not known."""

    partner: str
    files: int
    bytes: int
    largest: int
    rate: float | None
    seconds: int | None
    words: str


class Shed(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would take away here, and what not yet; `words` say it all."""

    files: int
    bytes: int
    young: int
    few: int
    leaving: int
    words: str


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would send; with `complete` False there are more files than were looked at."""

    rule: str
    files: int
    bytes: int
    complete: bool
    parts: list[Part]
    shed: Shed | None = None


class Tried(msgspec.Struct, frozen=True):
    """The answer to a rule that was tried."""

    estimate: Estimate


class Partners(msgspec.Struct, frozen=True):
    """All of them, by name."""

    partners: list[Partner]


class Rules(msgspec.Struct, frozen=True):
    """Rules by name."""

    rules: list[Rule]


class Shipments(msgspec.Struct, frozen=True):
    """A page, the newest first; `next_before` begins the next one."""

    shipments: list[Shipment]
    next_before: int | None


class Replication:
    """What administrators do with partner sites."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def partners(self) -> list[Partner]:
        """Return partner sites, with what goes and comes."""
        return decoded(self._transport.call("GET", "partners", idempotent=True), Partners).partners

    def shipments(
        self,
        *,
        partner: str = "",
        open_only: bool = False,
        limit: int = 50,
        before: int | None = None,
    ) -> Shipments:
        """Return a page of shipments of both ways, the newest first."""
        query = {"partner": partner, "open_only": open_only, "limit": limit}
        query |= {} if before is None else {"before": before}
        answer = self._transport.call("GET", "shipments", query=query, idempotent=True)
        return decoded(answer, Shipments)

    def make_rule(
        self, name: str, *, space: str, target_space: str, partners: Sequence[str], **more: object
    ) -> Rule:
        """Make a rule with your own rights; it works from now on.

        Args:
            name: Of the rule.
            space: Its files.
            target_space: Where they go at the partners.
            partners: Names of sites.
            more: `prefix`, `pattern`, `copies`, `daily_bytes` and so on, as in `Rule`.
        """
        raw = _rule(name, space, target_space, partners, more)
        answer = self._transport.call("POST", "rules", body=lambda: iter([raw]), idempotent=False)
        return decoded(answer, Rules).rules[0]

    def try_rule(
        self, name: str, *, space: str, target_space: str, partners: Sequence[str], **more: object
    ) -> Estimate:
        """Say what such a rule would send, and how long that takes; see `make_rule`."""
        raw = _rule(name, space, target_space, partners, more)
        answer = self._transport.call(
            "POST", "rules/try", body=lambda: iter([raw]), idempotent=True
        )
        return decoded(answer, Tried).estimate


def _rule(
    name: str,
    space: str,
    target_space: str,
    partners: Sequence[str],
    more: Mapping[str, object],
) -> bytes:
    body = {"name": name, "space": space, "target_space": target_space}
    return msgspec.json.encode({**body, "partners": list(partners), **more})
