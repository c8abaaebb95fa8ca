"""From a path in a client's URL to a file of a store. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from waystation.domains.catalogue.door import StoreInfo, sift

SPACES = "/dav"
"""Where clients find spaces: a client stages the path that it would fetch."""
_SLASHES = re.compile(r"/{2,}")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class Prefix:
    """Paths below `url` are files below `root` of a store."""

    url: str
    store: str
    root: str


@dataclass(frozen=True, slots=True)
class Place:
    """A file of a store."""

    store: str
    path: str


def spellings(sent: str) -> list[str]:
    """What a path may mean, the likelier first, with single slashes and one in front.

    gfal2 sends the path of its URL as it was written, escapes and all; other clients send it
    decoded. A name that really has an escape in it is the second meaning.
    """
    plain = _clean(sent)
    if not _ESCAPE.search(plain):
        return [plain]
    try:
        decoded = _clean(unquote(plain, errors="strict"))
    except UnicodeDecodeError:
        return [plain]
    return [decoded, plain]


class Places:
    """Where each path of a request is, for one caller.

    Args:
        stores: that the caller may use, by name.
        prefixes: of the settings; none gives `/<store>/…`, and with one store its own paths too.
        spaces: that the caller may read and that go to tape, with the stores that they are in.
    """

    def __init__(
        self,
        stores: Mapping[str, StoreInfo],
        prefixes: Sequence[Prefix],
        spaces: Sequence[tuple[Prefix, StoreInfo]] = (),
    ) -> None:
        self._stores = {**{where.name: where for _, where in spaces}, **stores}
        known = [p for p in prefixes or _usual(stores) if p.store in stores]
        known += [prefix for prefix, _ in spaces]
        self._prefixes = sorted(known, key=lambda prefix: -len(prefix.url))

    def store(self, name: str) -> StoreInfo:
        """A store that a place of these was found in."""
        return self._stores[name]

    def find(self, sent: Iterable[str]) -> tuple[dict[str, list[Place]], dict[str, str]]:
        """Places that each path may mean, likelier first; and why others can mean none.

        A path that is confined to its store in one spelling only is refused: an escaped `..` was
        written by somebody who means no good.
        """
        meanings: dict[str, list[Place]] = {}
        refused: dict[str, str] = {}
        for path in dict.fromkeys(sent):
            found = [self._place(form) for form in spellings(path)] if path else []
            if not found or found[0] is None:
                refused[path] = "The path is in no store that you may use." if path else _EMPTY
            else:
                meanings[path] = [place for place in found if place is not None]
        wrong = self._wrong(place for places in meanings.values() for place in places)
        for path, places in list(meanings.items()):
            reasons = [wrong[place] for place in places if place in wrong]
            if reasons:
                refused[path] = reasons[0]
                del meanings[path]
        return meanings, refused

    def _place(self, path: str) -> Place | None:
        for prefix in self._prefixes:
            if path.startswith(prefix.url + "/"):
                return Place(prefix.store, prefix.root + path[len(prefix.url) :])
        return None

    def _wrong(self, places: Iterable[Place]) -> dict[Place, str]:
        """Places that are no file's, all of a store looked at at once."""
        by_store: dict[str, list[str]] = {}
        for place in places:
            by_store.setdefault(place.store, []).append(place.path)
        return {
            Place(store, refusal.path): refusal.reason
            for store, paths in by_store.items()
            for refusal in sift(paths, self._stores[store].root)[1]
        }


_EMPTY = "The path is empty: gfal2 sends names outside ASCII so unless they are percent-encoded."


def _clean(path: str) -> str:
    return _SLASHES.sub("/", "/" + path)


def _usual(stores: Mapping[str, StoreInfo]) -> list[Prefix]:
    named = [Prefix(f"/{s.name}", s.name, s.root.rstrip("/")) for s in stores.values()]
    if len(stores) > 1:
        return named
    own = [Prefix(s.root.rstrip("/"), s.name, s.root.rstrip("/")) for s in stores.values()]
    return named + own
