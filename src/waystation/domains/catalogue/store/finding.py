"""Entries by their names, wherever they are.

An index of trigrams (pg_trgm) finds names with a part of three letters or more; where very many
have it, the walk by number ends as soon as there are enough.
"""

import re
from collections.abc import Sequence

from waystation.domains.catalogue.store.entries import COLUMNS
from waystation.kernel.database import Statement

LEAST = 3
"""Letters in a row that a search must have: shorter ones are no help to the index."""

_NAMED = f"""
  SELECT {COLUMNS} FROM catalogue_entry e
  WHERE e.name ILIKE %(pattern)s AND e.parent_id <> 0 AND e.id < %(before)s
    AND e.store_id = ANY(%(stores)s)
  ORDER BY e.id DESC LIMIT %(limit)s
"""
_SPECIAL = re.compile(r"[\\%_]")
_LAST = 2**63 - 1


def pattern(text: str) -> str | None:
    """What people write as a pattern of SQL; None when no part of it is long enough.

    `*` is any letters, `?` is one; without either it is a part of the name.
    """
    wild = "*" in text or "?" in text
    if max(map(len, re.split(r"[*?]", text))) < LEAST:
        return None
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", text)
    return escaped.replace("*", "%").replace("?", "_") if wild else f"%{escaped}%"


def named(like: str, *, stores: Sequence[int], before: int | None = None, limit: int) -> Statement:
    """Entries of such names on these stores, the newest first, from before a number on.

    ASCII letters match in either case.
    """
    params = {
        "pattern": like,
        "before": _LAST if before is None else before,
        "stores": list(stores),
        "limit": limit,
    }
    return Statement(_NAMED, params)
