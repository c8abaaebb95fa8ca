"""Which engine takes a shipment, and what it is told."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.entities import Endpoint, Kind, Load, PartnerInfo, Piece
from waystation.domains.transfers.errors import EngineRefusedError
from waystation.domains.transfers.ports import Engine
from waystation.domains.transfers.store import shipments
from waystation.kernel.database import Row

TRIES = 4
"""So often an engine is asked before another one is, or what did not move is left for later."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and the ends that it can join."""

    engine: Engine
    source: Endpoint
    target: Endpoint


def choose(desk: Desk, row: Row, partner: PartnerInfo, account_id: int) -> Choice:
    """Who takes a shipment of ours to where its partner wants it.

    Raises:
        EngineRefusedError: nobody can; the words say why.
    """
    ends = desk.safe.open(_bytes(row["target"])).get("endpoints")
    targets = list(_endpoints(ends))
    until = desk.now() + desk.policy.deadline
    sources = desk.harbour.sources(account_id, str(row["space"]), until)
    return join(desk, row, partner, Ends(sources, targets, targets))


@dataclass(frozen=True, slots=True)
class Ends:
    """Where files are and where they go, the best ways first; `said` are those of a partner."""

    sources: Sequence[Endpoint]
    targets: Sequence[Endpoint]
    said: Sequence[Endpoint]


def join(desk: Desk, row: Row, partner: PartnerInfo, ends: Ends) -> Choice:
    """The first engine, by preference, that can reach both ends; another one after each failure.

    Raises:
        EngineRefusedError: there is none; the words say why each cannot.
    """
    names = [*partner.engines, *(n for n in desk.engines if n not in partner.engines)]
    refused = {id(end): desk.policy.objection(end) for end in ends.said}
    good, words = [], []
    for name in names:
        engine = desk.engines.get(name)
        if engine is None:
            words.append(f"{name}: the settings have no such engine.")
            continue
        for source, target in itertools.product(ends.sources, ends.targets):
            objection = refused.get(id(source)) or refused.get(id(target))
            objection = objection or engine.objection(source, target)
            if objection:
                words.append(f"{name}: {objection}")
            else:
                good.append(Choice(engine, source, target))
    if not good:
        said = " ".join(dict.fromkeys(words)) or "The settings name no engine."
        raise EngineRefusedError(f"No engine joins the two sites. {said}"[:900])
    return good[ended(row) % len(good)]


def ended(row: Row) -> int:
    """Attempts that are over. One without a handle may have reached its engine before a death.

    It is made again by the same key, unless the engine has not answered for many times.
    """
    attempt = int(str(row["attempt"]))
    over = bool(row["handle"]) or int(str(row["tries"])) >= TRIES
    return attempt if over else max(0, attempt - 1)


def load(desk: Desk, row: Row, choice: Choice, attempt: int) -> Load:
    """What the engine is told; the key is of this attempt."""
    number = int(str(row["id"]))
    found = desk.database.rows(shipments.waiting(number, after=0, limit=desk.policy.files))
    places = desk.safe.open(_bytes(row["target"])).get("places")
    return Load(
        key=f"{row['key']}-{attempt}",
        source=choice.source,
        target=choice.target,
        pieces=[_piece(each, places if isinstance(places, dict) else {}) for each in found],
        label=f"Waystation {row['space']} {row['key']}",
        deadline=desk.now() + desk.policy.deadline,
    )


def _piece(row: Row, places: Mapping[str, str]) -> Piece:
    parcel = shipments.parcel(row)
    known = {"sha256": parcel.sha256, "adler32": parcel.adler32}
    return Piece(
        n=parcel.n,
        source=str(row["path"]),
        target=places.get(str(parcel.n), parcel.path),
        size=parcel.size,
        checksums={name: value for name, value in known.items() if value},
    )


def _endpoints(ends: object) -> Iterable[Endpoint]:
    for each in ends if isinstance(ends, list) else []:
        kind, facts = each["kind"], each["facts"]
        if kind in set(Kind):
            yield Endpoint(Kind(kind), {str(k): str(v) for k, v in facts.items()})


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
