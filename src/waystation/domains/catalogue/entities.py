"""Words of the catalogue."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """A tree of files behind one tape back end.

    Attributes:
        id: in our tables.
        name: as people say it.
        root: absolute path; every file of the store is below it.
        backend: name of the tape back end.
        readers: groups whose members may use it; `*` is everyone.
        confirm_above_files: larger requests must say that they are meant.
        files_per_owner: most files one owner may have waiting; 0 is no limit.
    """

    id: int
    name: str
    root: str
    backend: str
    readers: tuple[str, ...]
    confirm_above_files: int
    files_per_owner: int


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A named list of files of one store; `bytes` is None when not known."""

    id: int
    name: str
    store: str
    files: int
    bytes: int | None
    changed: datetime
