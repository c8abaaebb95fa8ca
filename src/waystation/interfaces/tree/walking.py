"""Everything below a folder, a page at a time: nothing grows with the number of files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Entry, EntryKind
from waystation.domains.hosting.door import Hosting
from waystation.interfaces.tree.asking import Where

_ASK = 500


@dataclass(frozen=True, slots=True)
class Leaf:
    """Something below a folder.

    Attributes:
        name: its path below the folder.
        entry: what it is.
    """

    name: str
    entry: Entry


def below(hosting: Hosting, top: Entry, *, flat: bool = False) -> Iterator[Leaf]:
    """What is below a folder, each folder before what is in it; `flat`: only what is in it."""
    open_: list[tuple[str, Iterator[Entry]]] = [("", _inside(hosting, top))]
    while open_:
        above, entries = open_[-1]
        entry = next(entries, None)
        if entry is None:
            open_.pop()
            continue
        name = f"{above}{entry.name}"
        yield Leaf(name, entry)
        if entry.folder and not flat:
            open_.append((f"{name}/", _inside(hosting, entry)))


def known(hosting: Hosting, who: Grant, at: Where, names: Sequence[str]) -> Iterator[Leaf | None]:
    """What is known of each that is named, in their order."""
    for start in range(0, len(names), _ASK):
        some = names[start : start + _ASK]
        found = hosting.batches.find(who, at.space, [at.below(name) for name in some])
        yield from (
            Leaf(name, entry) if entry is not None else None
            for name, entry in zip(some, found, strict=True)
        )


def line(leaf: Leaf) -> dict[str, object]:
    """As a list tells it."""
    entry = leaf.entry
    said: dict[str, object] = {
        "path": leaf.name,
        "kind": "folder" if entry.folder else "file",
        "mtime": entry.mtime,
    }
    if not entry.folder:
        said["size"] = entry.size
        said["sha256"] = entry.sha256.hex() if entry.sha256 is not None else None
        said["etag"] = entry.etag
    return said


def _inside(hosting: Hosting, folder: Entry) -> Iterator[Entry]:
    after: tuple[EntryKind, str] | None = None
    while page := hosting.files.page(folder, after=after):
        yield from page
        after = (page[-1].kind, page[-1].name)
