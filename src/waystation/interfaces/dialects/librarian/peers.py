"""Other librarians, as this dialect calls them; what does so is given to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from waystation.domains.transfers.door import PartnerInfo, Site

KIND = "librarian"
"""Of partners that speak this wire."""


class Peer(Protocol):
    """A librarian whose files come to us. All may be repeated.

    All methods raise PartnerUnavailableError and PartnerRefusedError, see `transfers`.
    """

    def ping(self) -> None:
        """Whether anybody is there, whether it knows us or not."""
        ...

    def standing(self, sources: Sequence[int], targets: Sequence[int]) -> Mapping[int, int | None]:
        """How transfers stand there: of those it sends, or of those it gets."""
        ...

    def update(self, sources: Sequence[int], targets: Sequence[int], status: int) -> None:
        """Transfers have another status there from now on, where they may have it."""
        ...

    def complete(self, source: int, target: int, store: int) -> None:
        """A file that it sent is in our store."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How partners are reached.

    Attributes:
        site: any of them.
        peer: one that speaks this wire.
    """

    site: Callable[[PartnerInfo], Site]
    peer: Callable[[PartnerInfo], Peer]
