"""What notify needs of the world: couriers."""

from typing import Protocol

from waystation.domains.notify.entities import Parcel


class Courier(Protocol):
    """Brings messages of one kind. Used by several threads; every call has a deadline."""

    def receiver(self, target: str) -> str:
        """The party behind a target: what is down together, and paced together, has one name."""
        ...

    def objection(self, target: str) -> str | None:
        """Why nothing may be sent there, one sentence; None when it may.

        Asked before anything is stored, and again at each try: settings change.
        """
        ...

    def deliver(self, parcel: Parcel) -> None:
        """Bring it; returns when the receiver has said that it has it. At least once.

        Raises:
            DeliveryError: it has not, or nobody knows.
        """
        ...
