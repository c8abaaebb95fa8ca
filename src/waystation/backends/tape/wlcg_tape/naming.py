"""Paths: which can be told to another site, and what they are called there. Pure."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

FORBIDDEN = re.compile(r"[\0\n\r]")
NOT_UTF8 = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes that are no UTF-8."""
SLASHES = re.compile("/{2,}")


def objection(path: str) -> str:
    """Why a path cannot be given to the other site; empty if it can."""
    if FORBIDDEN.search(path):
        return "the name contains a line end or a zero byte"
    if not path.startswith("/"):
        return "not an absolute path"
    if ".." in path.split("/"):
        return "the path climbs out of its directory"
    if NOT_UTF8.search(path):
        return "the name is not UTF-8, and JSON takes nothing else"
    return ""


def likeness(path: str) -> str:
    """What spellings of one path have in common: escapes decoded, slashes single.

    A server may answer with another spelling than it was sent.
    """
    return SLASHES.sub("/", unquote(path))


class Prefixes:
    """Our directories and what they are called at the other site."""

    def __init__(self, told: Mapping[str, str]) -> None:
        pairs = [(ours.rstrip("/"), theirs.rstrip("/")) for ours, theirs in told.items()]
        self._pairs = sorted(pairs, key=lambda pair: -len(pair[0]))

    def there(self, path: str) -> str:
        """The other site's name of one of our paths; unchanged where no prefix fits."""
        for ours, theirs in self._pairs:
            if path == ours or path.startswith(f"{ours}/"):
                return theirs + path[len(ours) :]
        return path
