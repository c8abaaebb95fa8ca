"""Entries by their names, wherever they are.

A pattern of which the beginning is said (`zen.2009*.fits`) is looked up in the order of names.
An index of trigrams (pg_trgm) finds names with a part of three letters or more; where very many
have it, the walk by number ends as soon as there are enough.

Each trigram that is asked for is a list to be gone through, and those that most names have
(`.fits`) are as long as the table. So of a large table only the part of what is searched for is
asked of the index that fewest names of a sample have; the rest is looked at in what it finds.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

from waystation.domains.catalogue.store.entries import COLUMNS
from waystation.kernel.database import Statement

LEAST = 3
"""Letters in a row that a search must have: shorter ones are no help to the index."""

_NAMED = f"""
  SELECT {COLUMNS} FROM catalogue_entry e
  WHERE {{like}} AND e.parent_id <> 0 AND e.id < %(before)s AND e.store_id = ANY(%(stores)s)
  ORDER BY e.id DESC LIMIT %(limit)s
"""
_LIKE = "e.name ILIKE %(pattern)s"
# What is appended to hides the name from the index.
_LIKE_CORE = "e.name ILIKE %(core)s AND (e.name || '') ILIKE %(pattern)s"
_LIKE_HEAD = """lower(e.name) >= %(head)s AND lower(e.name) < %(behind)s
  AND (e.name || '') ILIKE %(pattern)s"""
_ROWS = "SELECT reltuples FROM pg_class WHERE oid = 'catalogue_entry'::regclass"
_SAMPLE = """
  SELECT name FROM catalogue_entry TABLESAMPLE SYSTEM (%(share)s) LIMIT %(limit)s
"""
_LARGE, _SAMPLED = 200_000, 20_000
_WORD = re.compile(r"[a-z0-9]{3,}")
_WINDOW = 8
"""Letters of the part that the index is asked for: trigrams of a part are found together."""
_COMMON = 0.01
"""Of all names: where more have a part, asking for it alone is no help."""
_CASES = str.maketrans(ascii_uppercase, ascii_lowercase)
_SPECIAL = re.compile(r"[\\%_]")
_LAST = 2**63 - 1
_HIGHEST = "\U0010ffff"
"""No name goes on with it: names that begin like a head are before head and this."""


def pattern(text: str) -> str | None:
    """What people write as a pattern of SQL; None when no part of it is long enough.

    `*` is any letters, `?` is one; without either it is a part of the name.
    """
    wild = "*" in text or "?" in text
    if max(map(len, re.split(r"[*?]", text))) < LEAST:
        return None
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return escaped.replace("*", "%").replace("?", "_") if wild else f"%{escaped}%"


def head(text: str) -> str:
    """How names begin that a pattern fits, A to Z in lower case; empty when too little is said."""
    found = re.split(r"[*?]", text)[0]
    return _lowered(found) if LEAST <= len(found) < len(text) else ""


class Rarity:
    """How many names of a sample have each three letters, and how they begin."""

    def __init__(self, names: Iterable[str]) -> None:
        self._counts = Counter[str]()
        self._sorted = sorted(map(_lowered, names))
        self._names = len(self._sorted)
        for name in self._sorted:
            self._counts.update({each for word in _WORD.findall(name)
                                 for each in _trigrams(word)})  # fmt: skip

    def core(self, text: str) -> str:
        """The part of what people search for that fewest names have; empty where all are common.

        Args:
            text: as for `pattern`.
        """
        words = [word for run in re.split(r"[*?]", text) for word in _WORD.findall(run.lower())]
        windows = {word[at : at + _WINDOW] for word in words
                   for at in range(max(1, len(word) - _WINDOW + 1))}  # fmt: skip
        found = min(windows, key=self._rank, default="")
        few = _COMMON * self._names
        if not found or self._rank(found)[0] <= few:
            return found
        # Many have each three letters of it, and maybe few have all.
        return found if sum(found in name for name in self._sorted) <= few else ""

    def begins(self, head: str) -> bool:
        """Whether few names of the sample begin so."""
        first = bisect_left(self._sorted, head)
        return bisect_left(self._sorted, head + _HIGHEST) - first <= _COMMON * self._names

    def _rank(self, window: str) -> tuple[int, int, str]:
        """The rarest trigrams first, then the longest window."""
        return min(self._counts[each] for each in _trigrams(window)), -len(window), window


def _lowered(text: str) -> str:
    """As `lower` of a column in the order of bytes has it: only A to Z have another case."""
    return text.translate(_CASES)


def _trigrams(word: str) -> list[str]:
    return [word[at : at + 3] for at in range(len(word) - 2)]


def size() -> Statement:
    """About how many entries there are; 0 or less when nobody has counted."""
    return Statement(_ROWS, {})


def sample(entries: float) -> Statement | None:
    """Some names of so many entries; None of so few that all may be asked of the index."""
    if entries < _LARGE:
        return None
    share = min(100.0, 100 * _SAMPLED / entries)
    return Statement(_SAMPLE, {"share": share, "limit": 2 * _SAMPLED})


def named(
    like: str,
    *,
    stores: Sequence[int],
    before: int | None = None,
    limit: int,
    core: str = "",
    head: str = "",
) -> Statement:
    """Entries of such names on these stores, the newest first, from before a number on.

    ASCII letters match in either case.

    Args:
        like: see `pattern`.
        stores: of them.
        before: the next page begins behind this number.
        limit: at most so many.
        core: see `Rarity.core`; a part of what is searched for.
        head: see `head`; what the index is asked for instead.
    """
    params = {
        "core": f"%{core}%",
        "head": head,
        "behind": head + _HIGHEST,
        "pattern": like,
        "before": _LAST if before is None else before,
        "stores": list(stores),
        "limit": limit,
    }
    asked = _LIKE_HEAD if head else _LIKE_CORE if core else _LIKE
    return Statement(_NAMED.format(like=asked), params)
