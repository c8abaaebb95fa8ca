"""What every engine refuses before it begins."""

from waystation.domains.transfers.entities import Load
from waystation.domains.transfers.errors import EngineRefusedError

_FORBIDDEN = ("\0", "\n", "\r")
_LONGEST = 4_000
"""Characters of a path; PATH_MAX of Linux with room for a root."""


def check(load: Load, most_files: int) -> None:
    """Refuse a load with a path that leads elsewhere, or that is no load.

    Raises:
        EngineRefusedError: with the first thing that is wrong.
    """
    if not load.pieces or len(load.pieces) > most_files:
        raise EngineRefusedError(
            f"A load has 1 to {most_files} files, this one {len(load.pieces)}.",
            advice="Divide it.",
        )
    seen: set[str] = set()
    numbers: set[int] = set()
    for piece in load.pieces:
        for path in (piece.source, piece.target):
            words = objection(path)
            if words:
                raise EngineRefusedError(f"File {piece.n}: {words}.", n=piece.n)
        if piece.target in seen or piece.n in numbers:
            raise EngineRefusedError(f"File {piece.n}: it is in the load twice.", n=piece.n)
        seen.add(piece.target)
        numbers.add(piece.n)


def objection(path: str) -> str:
    """Why this cannot be the path of a piece; empty when it can."""
    if any(each in path for each in _FORBIDDEN):
        return "a name has a line end or a zero byte"
    if {"", ".", ".."}.intersection(path.split("/")):
        return "the path is not plain: it has an empty part, '.' or '..'"
    if len(path) > _LONGEST:
        return f"the path has more than {_LONGEST} characters"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "a name is not UTF-8"
    return ""
