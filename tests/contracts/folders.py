"""Folders of this machine as the ends of engines."""

import itertools
from pathlib import Path

from waystation.backends.transfer.hands.claims import Claims
from waystation.domains.transfers.entities import Endpoint, Kind

numbers = itertools.count()


class Folders:
    """Two folders of this machine; others say by what names the engine knows them."""

    whole = compares = True
    patience_s = 60.0
    many = 300
    secrets: tuple[str, ...] = ()
    unspeakable: frozenset[str] = frozenset()
    foreign = Endpoint(Kind.GLOBUS, {"collection": "00000000-0000-4000-8000-000000000000"})

    def __init__(self, root: Path) -> None:
        self.places = {name: root / name for name in ("from", "to")}
        for place in self.places.values():
            place.mkdir(parents=True)
        self.source, self.target = (
            Endpoint(Kind.PATH, {"root": str(place)}) for place in self.places.values()
        )

    @property
    def claims(self) -> Claims:
        """Of another process each time."""
        return Claims(self.places["to"].with_name("claims"))

    def put(self, path: str, data: bytes) -> None:
        place = self.places["from"] / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def get(self, path: str) -> bytes | None:
        try:
            return (self.places["to"] / path).read_bytes()
        except FileNotFoundError:
            return None

    def names(self) -> set[str]:
        to = self.places["to"]
        return {str(each.relative_to(to)) for each in to.rglob("*") if not each.is_dir()}
