"""Archives of folders with files on tape: refused before the first byte, with what to bring."""

from collections.abc import Iterable, Iterator
from itertools import islice

from waystation.domains.hosting.door import Hosting, Locality, OnTapeError, Space
from waystation.interfaces.tree.asking import Where
from waystation.interfaces.tree.walking import Leaf

_ASK = 500
MOST_TOLD = 100
"""Paths that a refusal names; it says whether there are more."""
_AWAY = frozenset({Locality.TAPE, Locality.LOST})


def need_all_on_disk(hosting: Hosting, space: Space, at: Where, leaves: Iterable[Leaf]) -> None:
    """Ask whether each file can be read now; costs nothing where none is ever on tape.

    Raises:
        OnTapeError: some cannot; `paths` names the first of them, in the space.
    """
    if not hosting.spaces.storage(space).nearline:
        return
    away = _away(hosting, space, at, leaves)
    told = [path for path, _ in zip(away, range(MOST_TOLD), strict=False)]
    if not told:
        return
    more = next(away, None) is not None
    count = f"More than {MOST_TOLD}" if more else f"{len(told)}"
    files = "file is" if len(told) == 1 and not more else "files are"
    raise OnTapeError(
        f"{count} {files} not on disk: an archive would break off there.",
        advice=f"Bring what `paths` names first: POST /api/v1/spaces/{space.name}/stage, or the "
        "button on the page Files.",
        paths=told,
        more=more,
    )


def _away(hosting: Hosting, space: Space, at: Where, leaves: Iterable[Leaf]) -> Iterator[str]:
    storage = hosting.spaces.storage(space)
    files = (at.below(leaf.name) for leaf in leaves if not leaf.entry.folder)
    while some := list(islice(files, _ASK)):
        told = storage.localities(some)
        yield from (path for path, where in zip(some, told, strict=True) if where in _AWAY)
