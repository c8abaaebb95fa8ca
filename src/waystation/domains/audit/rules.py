"""How entries are linked: each seal is over the one before it and a canonical text. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC

from waystation.domains.audit.entities import Entry, Head

BEGINNING = Head(0, bytes(32))
"""Before the first entry."""


def canonical(entry: Entry, n: int) -> bytes:
    """An entry as it is sealed: a JSON array in UTF-8, names sorted, no spaces, time in UTC."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    told = [
        *(n, entry.id, at, entry.actor_id, entry.actor, entry.via, entry.address, entry.act),
        *(entry.thing, entry.outcome, entry.request_id, entry.facts),
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def next_head(before: Head, entry: Entry) -> Head:
    """The seal of an entry that follows."""
    n = before.n + 1
    return Head(n, hashlib.sha256(before.seal + canonical(entry, n)).digest())


def objections(before: Head, entries: Iterable[Entry]) -> Iterator[tuple[Head, str]]:
    """Walk sealed entries in their order: the head after each, and what is wrong with it.

    After a broken one the walk goes on from the seal that is written there, so that what follows
    is judged by itself.
    """
    head = before
    for entry in entries:
        assert entry.n is not None
        words = ""
        if entry.n != head.n + 1:
            words = f"{_missing(head.n + 1, entry.n - 1)} before entry {entry.id} of {entry.at}."
        elif next_head(head, entry).seal != entry.seal:
            words = (
                f"Entry {entry.id} (number {entry.n}, {entry.act} by {entry.actor!r} at"
                f" {entry.at.isoformat()}) is not what was sealed."
            )
        head = Head(entry.n, entry.seal or b"")
        yield head, words


def _missing(first: int, last: int) -> str:
    which = f"number {first}" if first == last else f"numbers {first} to {last}"
    return f"Missing: {which}"
