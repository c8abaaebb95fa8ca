"""A Librarian that our files go to, by the wire of its peers.

    offer    clone/batch_stage, then checkin/update: they are ONGOING
    settle   checkin/status of all, then checkin/update: those that have come are STAGED

It never has to call us back: how its transfers stand is asked for, all of them in one call.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol

from waystation.backends.partner.librarian_wire import AnsweredError, LibrarianWire, Status
from waystation.domains.transfers.entities import (
    Endpoint,
    Kind,
    Offer,
    Parcel,
    PartnerInfo,
    Sending,
    Standing,
    Welcome,
)
from waystation.domains.transfers.errors import PartnerRefusedError, PartnerUnavailableError

_BAD, _NOTHING, _AGAIN, _TAKEN, _EARLY = 400, 404, 406, 409, 425
_ROUNDS = 5
_CHUNK = 1_000
_COMES = {Status.INITIATED, Status.ONGOING}
_OTHER = "It has another file of that name; names are given once there."
_COMING = "It says that the file is on its way already."
_LOST = "It refused what came, or gave it up."


class Sent(Protocol):
    """A file on its way, as it is written down."""

    @property
    def id(self) -> int:
        """Our number of it."""
        ...

    @property
    def key(self) -> str:
        """Of its shipment."""
        ...

    @property
    def n(self) -> int:
        """Its number there."""
        ...

    @property
    def remote_id(self) -> int | None:
        """Their number of it, when they have made room."""
        ...


class Book(Protocol):
    """Where numbers of transfers are written down before they are said."""

    def open(self, partner_id: int, key: str, files: Mapping[int, str]) -> Sequence[Sent]:
        """Give numbers to the files of a shipment, n -> name; those that have some keep them."""
        ...

    def of(self, partner_id: int, keys: Sequence[str]) -> Sequence[Sent]:
        """Files of shipments."""
        ...

    def under_way(self, partner_id: int, names: Sequence[str]) -> Sequence[Sent]:
        """What was announced under these names, and has not ended as we know."""
        ...

    def checksum(self, name: str, sha256: str) -> str | None:
        """`algo:::hex` of the file of our library that has this name and this digest, or None."""
        ...

    def placed(self, places: Mapping[int, tuple[int, str]]) -> None:
        """Room was made: our number -> theirs, and where."""
        ...

    def stand(self, statuses: Mapping[int, int]) -> None:
        """How files stand there, by our numbers."""
        ...


@dataclass
class _Found:
    """What became of an offer so far."""

    there: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    providers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class LibrarianSite:
    """A `Site` that is a Librarian.

    Args:
        partner: which; its token is `user:password`.
        wire: calls it.
        book: of this site.
        name: what it calls us.
    """

    def __init__(self, partner: PartnerInfo, wire: LibrarianWire, book: Book, name: str) -> None:
        self._partner = partner
        self._wire = wire
        self._book = book
        self._name = name

    def hello(self) -> str:
        """As the port promises."""
        return self._wire.hello()

    def offer(self, offer: Offer) -> Welcome:
        """As the port promises; spaces are not known there.

        Room that an earlier call of the same key has made is given back first.
        """
        files = {parcel.n: parcel.path for parcel in offer.parcels}
        sent = {each.n: each for each in self._book.open(self._partner.id, offer.key, files)}
        before = [sent[n] for n in files if sent[n].remote_id is not None]
        self._drop(before, Status.FAILED)
        found = self._staged(offer.parcels, sent)
        if not found.places:
            return Welcome(found.there, found.refused, ())
        base = _above([*found.places.values()])
        inside = {n: str(PurePosixPath(at).relative_to(base)) for n, at in found.places.items()}
        ends = [*_ends(found.providers, base)]
        return Welcome(found.there, found.refused, ends, inside)

    def settle(self, arrived: Mapping[str, Mapping[int, str]]) -> Mapping[str, Standing | None]:
        """As the port promises."""
        sent = [e for e in self._book.of(self._partner.id, [*arrived]) if e.remote_id is not None]
        missing = [each for each in sent if each.n in arrived[each.key]]
        self._drop(missing, Status.FAILED)
        said = self._standing([each for each in sent if each not in missing])
        come = [e for e in sent if e not in missing and said.get(_remote(e)) in _COMES]
        for group in _groups(come):
            self._wire.update([], [_remote(each) for each in group], Status.STAGED)
        told: dict[str, Standing | None] = dict.fromkeys(arrived)
        groups: dict[str, list[Sent]] = {}
        for each in sent:
            groups.setdefault(each.key, []).append(each)
        for key, group_ in groups.items():
            told[key] = _stands(group_, arrived[key], said)
        self._book.stand({e.id: said.get(_remote(e)) or Status.STAGED for e in sent})
        return told

    def report(self, ended: Mapping[str, Standing]) -> None:
        """As the port promises: what it sends to us comes by its own wire, and is told by that."""

    def sending(self, keys: Sequence[str]) -> Mapping[str, Sending]:
        """As the port promises: it announces no shipments."""
        return dict.fromkeys(keys, Sending.UNKNOWN)

    def holds(self, space: str, files: Sequence[tuple[str, str]]) -> Sequence[bool]:
        """As the port promises, one call a file: the wire has no other."""
        del space
        return [self._has(path, sha256) for path, sha256 in files]

    def cancel(self, keys: Sequence[str]) -> None:
        """As the port promises."""
        sent = self._book.of(self._partner.id, keys)
        self._drop([each for each in sent if each.remote_id is not None], Status.CANCELLED)

    # ---------------------------------------------------------------------------------- within

    def _staged(self, parcels: Sequence[Parcel], sent: Mapping[int, Sent]) -> _Found:
        """Ask for room until all that is left has some; each refusal names files to leave out."""
        found, left = _Found(), {sent[parcel.n].id: parcel for parcel in parcels}
        for _ in range(_ROUNDS):
            if not left:
                break
            try:
                said = self._wire.ask("clone/batch_stage", self._batch(left))
            except AnsweredError as answered:
                self._hindered(answered, left, found)
                continue
            found.providers = said["async_transfer_providers"]
            self._placed(said["uploads"], left, found)
            return found
        if left:
            raise PartnerUnavailableError(f"{self._partner.name} takes none of the files now.")
        return found

    def _placed(
        self, uploads: Sequence[Mapping[str, Any]], left: Mapping[int, Parcel], found: _Found
    ) -> None:
        places = {
            each["source_transfer_id"]: (
                each["destination_transfer_id"],
                str(each["staging_location"]),
            )
            for each in uploads
            if each["source_transfer_id"] in left
        }
        self._book.placed(places)
        self._wire.update([], [remote for remote, _ in places.values()], Status.ONGOING)
        for number, parcel in left.items():
            if number in places:
                found.places[parcel.n] = places[number][1]
            else:
                found.refused[parcel.n] = _COMING

    def _batch(self, left: Mapping[int, Parcel]) -> dict[str, object]:
        uploads = [
            {
                "upload_size": parcel.size,
                "upload_checksum": f"sha256:::{parcel.sha256}",
                # Flat: its own movers do not make all folders that are missing.
                "upload_name": PurePosixPath(parcel.path).name,
                "destination_location": parcel.path,
                "uploader": self._name,
                "source_transfer_id": number,
            }
            for number, parcel in left.items()
        ]
        total = sum(parcel.size for parcel in left.values())
        return {"uploads": uploads, "source": self._name, "total_size": total}

    def _hindered(self, answered: AnsweredError, left: dict[int, Parcel], found: _Found) -> None:
        """Why no room was made, and what can be done about it before it is asked again.

        Raises:
            PartnerUnavailableError: nothing now.
            PartnerRefusedError: nothing ever.
        """
        words = f"{self._partner.name} answers {answered.status}: {answered.words}"
        numbers = [n for n in answered.told.get("source_transfer_ids", ()) if n in left]
        if answered.status == _TAKEN and numbers:
            for number in numbers:
                parcel = left.pop(number)
                if self._has(parcel.path, parcel.sha256):
                    found.there.append(parcel.n)
                else:
                    found.refused[parcel.n] = _OTHER
        elif answered.status == _EARLY and numbers:
            names = [left[number].path for number in numbers]
            ours = self._book.under_way(self._partner.id, names)
            if not ours:
                raise PartnerUnavailableError(words)
            # A shipment that we gave up while it could not be told.
            self._drop(ours, Status.FAILED)
            self._book.stand({each.id: Status.FAILED for each in ours})
        elif answered.status == _BAD:
            raise PartnerRefusedError(words)
        elif answered.status != _AGAIN:
            raise PartnerUnavailableError(words)

    def _has(self, name: str, sha256: str) -> bool:
        """Whether it has a file with these bytes, as far as it knows.

        Only a digest of the same algorithm says so. A file that was ours under the same name
        before, as a Librarian's, has one of theirs.
        """
        known = {f"sha256:::{sha256}", (self._book.checksum(name, sha256) or "").lower()} - {""}
        try:
            said = self._wire.ask("search/file", {"name": name, "max_results": 1})
        except AnsweredError as answered:
            if answered.status == _NOTHING:
                return False
            words = f"{self._partner.name} answers {answered.status}: {answered.words}"
            raise PartnerUnavailableError(words) from answered
        return any(
            each["checksum"].lower() in known
            and any(instance["available"] for instance in each["instances"])
            for each in said
        )

    def _standing(self, sent: Sequence[Sent]) -> dict[int, int | None]:
        said: dict[int, int | None] = {}
        for group in _groups(sent):
            said |= self._wire.standing([], [_remote(each) for each in group])
        return said

    def _drop(self, sent: Collection[Sent], status: Status) -> None:
        for group in _groups(sent):
            self._wire.update([], [_remote(each) for each in group], status)


def _stands(
    sent: Sequence[Sent], missing: Mapping[int, str], said: Mapping[int, int | None]
) -> Standing:
    """A shipment, from how its files stand."""
    landed, failed, waits = [], dict[int, str](missing), False
    for each in sent:
        if each.n in missing:
            continue
        status = said.get(_remote(each))
        if status == Status.COMPLETED:
            landed.append(each.n)
        elif status in {*_COMES, Status.STAGED}:
            waits = True
        else:
            failed[each.n] = _LOST
    return Standing(waits, landed, failed)


def _remote(sent: Sent) -> int:
    assert sent.remote_id is not None, "those without one are left out"
    return sent.remote_id


def _above(places: Sequence[str]) -> str:
    """The folder that all places are below."""
    above = PurePosixPath(places[0]).parent
    for place in places:
        while not PurePosixPath(place).is_relative_to(above):
            above = above.parent
    return str(above)


def _ends(providers: Mapping[str, Mapping[str, Any]], base: str) -> Iterator[Endpoint]:
    """Ways to its folders, in its order; those that we do not know are left out."""
    for name, facts in providers.items():
        if name == "globus":
            collection = str(facts["destination_endpoint"])
            yield Endpoint(Kind.GLOBUS, {"collection": collection, "base": base})
        elif name == "local":
            known = {"root": base, "hosts": " ".join(facts["hostnames"])}
            yield Endpoint(Kind.PATH, known)
        elif name == "rsync":
            yield Endpoint(Kind.RSYNC, {"url": f"{facts['hostname']}:{base}"})


def _groups(sent: Collection[Sent]) -> Iterator[Sequence[Sent]]:
    """As many as are said in one call."""
    rest = [*sent]
    for start in range(0, len(rest), _CHUNK):
        yield rest[start : start + _CHUNK]
