"""What a library reports: the words between it and whoever drives it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """One file to read: `length` bytes at byte `start` of the cartridge; `id` is the caller's."""

    id: int | str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file has been read to its end."""

    at: float
    job: int
    id: int | str


@dataclass(frozen=True, slots=True)
class ReadError:
    """A file could not be read; the list goes on with the next."""

    at: float
    job: int
    id: int | str
    code: str


@dataclass(frozen=True, slots=True)
class ListDone:
    """Every read of a list has been read, has failed or was withdrawn."""

    at: float
    job: int


@dataclass(frozen=True, slots=True)
class Mounted:
    """A tape is loaded and at its beginning."""

    at: float
    drive: int
    tape: str


@dataclass(frozen=True, slots=True)
class Unmounted:
    """A tape is back in its slot."""

    at: float
    drive: int
    tape: str


Event = FileRead | ReadError | ListDone | Mounted | Unmounted
