"""Our API's documents about partners, rules and shipments."""

from collections.abc import Mapping, Sequence

import msgspec

from waystation.domains.transfers.door import (
    AlarmView,
    Endpoint,
    EstimateView,
    PartnerView,
    PartView,
    RepairView,
    RuleInfo,
    ShipmentView,
    ShippedView,
    Standing,
    Welcome,
)


class HelloWire(msgspec.Struct):
    """By which name the receiver of a call knows its caller."""

    name: str


class DoneWire(msgspec.Struct):
    """It was taken in."""

    done: bool


class EndpointWire(msgspec.Struct):
    """A way to reach a folder: `kind`, and what that kind needs."""

    kind: str
    facts: dict[str, str]


class WelcomeWire(msgspec.Struct):
    """What is taken of an offer, by number, and where to put it."""

    there: list[int]
    refused: dict[str, str]
    endpoints: list[EndpointWire]

    @classmethod
    def of(cls, welcome: Welcome) -> "WelcomeWire":
        """From what transfers answers."""
        ends = _ends(welcome.endpoints)
        refused = {str(n): words for n, words in welcome.refused.items()}
        return cls(list(welcome.there), refused, ends)


class SourcesWire(msgspec.Struct):
    """How the files of a space are reached, the best way first."""

    endpoints: list[EndpointWire]

    @classmethod
    def of(cls, found: Sequence[Endpoint]) -> "SourcesWire":
        """From what transfers answers."""
        return cls(_ends(found))


def _ends(found: Sequence[Endpoint]) -> list[EndpointWire]:
    return [EndpointWire(str(each.kind), dict(each.facts)) for each in found]


class StandingWire(msgspec.Struct):
    """How a shipment stands at its receiver, by number of the file."""

    open: bool
    landed: list[int]
    failed: dict[str, str]

    @classmethod
    def of(cls, standing: Standing) -> "StandingWire":
        """From what transfers answers."""
        failed = {str(n): words for n, words in standing.failed.items()}
        return cls(standing.open, list(standing.landed), failed)


class SettledWire(msgspec.Struct):
    """How shipments stand; null of one that is not known."""

    shipments: dict[str, StandingWire | None]

    @classmethod
    def of(cls, found: Mapping[str, Standing | None]) -> "SettledWire":
        """From what transfers answers."""
        return cls({k: StandingWire.of(s) if s is not None else None for k, s in found.items()})


class SendingWire(msgspec.Struct):
    """`coming`, `sent` or `unknown` for each key."""

    shipments: dict[str, str]


class HoldsWire(msgspec.Struct):
    """In the order asked."""

    there: list[bool]


class PartnersWire(msgspec.Struct):
    """All of them, by name."""

    partners: list[PartnerView]


class RepairsWire(msgspec.Struct):
    """Damaged files of ours, and what is done about each."""

    repairs: list[RepairView]


class AlarmsWire(msgspec.Struct):
    """What a person should look at."""

    alarms: list[AlarmView]


class RuleWire(msgspec.Struct):
    """A rule; `daily_bytes` is null without a limit, `delete_after_s` when files stay here."""

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
    delete_after_s: int | None


class RulesWire(msgspec.Struct):
    """Rules by name."""

    rules: list[RuleWire]

    @classmethod
    def of(cls, found: Sequence[RuleInfo]) -> "RulesWire":
        """From what transfers answers."""
        return cls([_rule(rule) for rule in found])


def _rule(rule: RuleInfo) -> RuleWire:
    fields = {name: getattr(rule, name) for name in RuleWire.__struct_fields__}
    return RuleWire(**{**fields, "partners": list(rule.partners), "windows": list(rule.windows)})


class EstimateWire(msgspec.Struct):
    """What a rule would send; `seconds` and `rate` are null when they are not known."""

    estimate: EstimateView


class ShipmentWire(msgspec.Struct):
    """One of them."""

    shipment: ShipmentView


class ShipmentsWire(msgspec.Struct):
    """A page, the newest first."""

    shipments: list[ShipmentView]
    next_before: int | None


class ShipmentFilesWire(msgspec.Struct):
    """A page of files, by number."""

    files: list[ShippedView]
    next_after: int | None


SITES = (
    *(DoneWire, EndpointWire, HelloWire, HoldsWire, PartnersWire, RepairsWire, RuleWire),
    *(
        AlarmsWire,
        AlarmView,
        RulesWire,
        SourcesWire,
        RepairView,
        EstimateWire,
        EstimateView,
        PartView,
    ),
    *(SendingWire, SettledWire, ShipmentFilesWire, ShipmentsWire, ShipmentWire, StandingWire),
    *(WelcomeWire, PartnerView, ShipmentView, ShippedView),
)
"""All of them, for the OpenAPI document."""
