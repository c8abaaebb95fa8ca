"""Small files gathered until enough go together."""

from collections.abc import Callable
from typing import Generic, TypeVar

from waystation_client.files import packing

Each = TypeVar("Each")


class Bundles(Generic[Each]):
    """Gathers; a full bundle is handed on. Call `rest` at the end.

    Args:
        hand_on: takes the files of a bundle.
    """

    def __init__(self, hand_on: Callable[[list[Each]], None]) -> None:
        self._hand_on = hand_on
        self._files: list[Each] = []
        self._bytes = 0

    def add(self, each: Each, size: int) -> None:
        """One more, of so many bytes."""
        self._files.append(each)
        self._bytes += size
        if len(self._files) >= packing.MOST_FILES or self._bytes >= packing.MOST_BYTES:
            self.rest()

    def rest(self) -> None:
        """Hand on what was gathered."""
        if self._files:
            self._hand_on(self._files)
        self._files, self._bytes = [], 0
