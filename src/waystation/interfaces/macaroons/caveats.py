"""What the caveats of a macaroon mean here. Pure.

As dCache has them: `path`, `activity`, `before`, `ip`. Each narrows, none widens; one that we do
not know forbids all.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from waystation.domains.accounts.door import Place, Verb
from waystation.domains.hosting.door import names
from waystation.kernel.errors import MalformedError

ACTIVITIES: dict[str, frozenset[Verb]] = {
    "DOWNLOAD": frozenset({Verb.READ}),
    "LIST": frozenset({Verb.LIST}),
    "READ_METADATA": frozenset({Verb.LIST}),
    "UPLOAD": frozenset({Verb.CREATE}),
    "DELETE": frozenset({Verb.DELETE}),
    "MANAGE": frozenset({Verb.LIST, Verb.CREATE, Verb.DELETE}),
    "STAGE": frozenset({Verb.STAGE}),
    # Properties beside files: nobody's right by a macaroon.
    "UPDATE_METADATA": frozenset(),
}
_EVERY = frozenset(Verb)
_PREFIX = "/dav/"
_REPLACES = frozenset({Verb.CREATE, Verb.DELETE})
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is left.

    Attributes:
        space: name of the space; empty is not said yet.
        path: names in it.
        verbs: what may be done there and below.
        before: it ends then; None is never.
        networks: the client must be in one of each of these lists.
    """

    space: str = ""
    path: tuple[str, ...] = ()
    verbs: frozenset[Verb] = _EVERY
    before: datetime | None = None
    networks: tuple[str, ...] = ()

    def place(self) -> Place:
        """Where what may be done; who may delete a file and create one may replace it."""
        verbs = self.verbs
        return Place(self.space, self.path, verbs | {Verb.MODIFY} if verbs >= _REPLACES else verbs)


def bounds(caveats: Iterable[str]) -> Bounds:
    """What a chain of caveats leaves.

    Raises:
        MalformedError: one that we do not know, or that cannot be; or they leave no place.
    """
    left = Bounds(verbs=_EVERY - {Verb.MODIFY})
    for caveat in caveats:
        kind, colon, value = caveat.partition(":")
        narrow = _KINDS.get(kind)
        if narrow is None or not colon:
            raise MalformedError(
                f"The caveat {caveat[:80]!r} is not known here.",
                advice="There are path:, activity:, before: and ip:.",
            )
        left = narrow(left, value)
    return left


def by_path(left: Bounds, value: str) -> Bounds:
    """`path:/dav/SPACE/PATH`: that path and below; a later one must be below an earlier one."""
    space, _, path = value.removeprefix(_PREFIX).partition("/")
    inner = tuple(names(path))
    if not space or not value.startswith(_PREFIX):
        raise MalformedError(f"The caveat path:{value[:80]} is no path of a space here.")
    outside = left.space and (space != left.space or inner[: len(left.path)] != left.path)
    if outside:
        raise MalformedError(f"The caveat path:{value[:80]} leads out of the one before.")
    return replace(left, space=space, path=inner)


def by_activity(left: Bounds, value: str) -> Bounds:
    """`activity:DOWNLOAD,LIST`: what may be done."""
    asked = [each.strip().upper() for each in value.split(",")]
    strange = [each for each in asked if each not in ACTIVITIES]
    if strange:
        raise MalformedError(
            f"There is no activity {strange[0][:40]!r}.", advice=f"{', '.join(ACTIVITIES)}."
        )
    verbs = frozenset[Verb]().union(*(ACTIVITIES[each] for each in asked))
    return replace(left, verbs=left.verbs & verbs)


def by_before(left: Bounds, value: str) -> Bounds:
    """`before:2026-01-02T03:04:05Z`: it ends then."""
    found = _MOMENT.fullmatch(value)
    try:
        end = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
    except ValueError:
        end = None
    if end is None:
        raise MalformedError(f"The caveat before:{value[:40]} is no moment in UTC.")
    return replace(left, before=end if left.before is None else min(end, left.before))


def by_ip(left: Bounds, value: str) -> Bounds:
    """`ip:192.0.2.0/24,2001:db8::1`: from there only."""
    try:
        for each in value.split(","):
            ipaddress.ip_network(each.strip(), strict=False)
    except ValueError as problem:
        raise MalformedError(f"The caveat ip:{value[:80]} is no network.") from problem
    return replace(left, networks=(*left.networks, value))


_KINDS = {"path": by_path, "activity": by_activity, "before": by_before, "ip": by_ip}


def allowed(verbs: Iterable[Verb]) -> Sequence[str]:
    """The activities that need no more than these verbs, for a caveat; in a fixed order."""
    may = frozenset(verbs)
    return [name for name, needed in ACTIVITIES.items() if needed and needed <= may]
