"""Keys: drawn with the upload, told to the catalogue as two numbers, never changed."""

import re
from dataclasses import dataclass

from waystation.domains.hosting.ports import Stamp

_PART = re.compile(r"([0-9a-f]{32})\.part")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A `Stamp`: the halves of a key's 128 bits, as the database has integers."""

    inode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Tree:
    """Where a space's content is.

    Attributes:
        base: prefix of all its keys, without slashes at its ends; may be empty.
    """

    base: str

    def object(self, stamp: Stamp) -> str:
        """Key of a file."""
        return f"{self.objects}{_hex(stamp.inode)}{_hex(stamp.mtime_ns)}"

    def of_part(self, part: str) -> str:
        """Key of the file that a part becomes."""
        return f"{self.objects}{digits(part)}"

    def marks(self, part: str) -> str:
        """What the keys begin with that say how far a part came."""
        return f"{self.all_marks}{digits(part)}/"

    @property
    def objects(self) -> str:
        """What keys of files begin with."""
        return f"{self.base}/objects/".lstrip("/")

    @property
    def all_marks(self) -> str:
        """What keys of all marks begin with."""
        return f"{self.base}/tails/".lstrip("/")

    def part(self, key: str) -> str | None:
        """The part that a key of ours is of; None of a key that is not ours."""
        for top in (self.objects, self.all_marks):
            if key.startswith(top):
                name = f"{key.removeprefix(top).partition('/')[0]}.part"
                return name if _PART.fullmatch(name) else None
        return None


def digits(part: str) -> str:
    """The 32 hexadecimal digits of a part's name.

    Raises:
        ValueError: it has none.
    """
    found = _PART.fullmatch(part)
    if found is None:
        raise ValueError(part)
    return found[1]


def stamp(part: str) -> Drawn:
    """What the catalogue keeps of the file that a part becomes."""
    number = bytes.fromhex(digits(part))
    return Drawn(_signed(number[:8]), _signed(number[8:]))


def _signed(half: bytes) -> int:
    return int.from_bytes(half, signed=True)


def _hex(number: int) -> str:
    return number.to_bytes(8, signed=True).hex()
