"""Storages with keys know no names: those are rows of the catalogue alone."""

from collections.abc import Iterator, Sequence

from waystation.domains.hosting.entities import Locality
from waystation.domains.hosting.ports import Found, Landings


class Nameless:
    """What the port asks about names, where there are none."""

    landings: Landings | None = None

    def localities(self, paths: Sequence[str]) -> list[Locality]:
        """As the port promises."""
        return [Locality.DISK] * len(paths)

    def local(self, path: str) -> str | None:
        """As the port promises: nowhere."""
        del path
        return None

    def find(self, path: str) -> Found | None:
        """As the port promises."""
        del path
        return None

    def children(self, path: str) -> Iterator[tuple[str, Found]]:
        """As the port promises."""
        del path
        return iter(())

    def move(self, path: str, target: str) -> None:
        """As the port promises: no work."""

    def remove(self, path: str) -> None:
        """As the port promises: no work."""
