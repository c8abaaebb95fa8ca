"""Patterns of names of files, as jobs' outputs are named."""

import re
from functools import lru_cache

_MEANT = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    """`*` and `?` within a name, `**` over folders; the rest is as it is. For `fullmatch`."""
    parts = re.split(r"(\*\*/?|\*|\?)", text)
    return re.compile("".join(_MEANT.get(part, re.escape(part)) for part in parts), re.DOTALL)
