"""What `waystation doctor` asks of a door: every right that we need, tried on a file."""

import secrets
from collections.abc import Callable, Iterator
from io import BytesIO

from waystation.backends.storage.door.door import Door
from waystation.backends.storage.keys import Tree
from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import UnavailableError

Check = tuple[bool, str, str]
"""Whether it is good, what was tried, and how to mend it."""

_MEND = "Look at url, token_file or certificate, and what they may do there."
_DATA = b"doctor"


def checks(door: Door, base: str) -> Iterator[Check]:
    """Try all of it; nothing is left behind. Ends at the first that is not good."""
    key = Tree(base.strip("/")).objects + f"doctor-{secrets.token_hex(8)}"
    tries: tuple[tuple[str, Callable[[], object]], ...] = (
        ("our folder is there", door.check),
        ("a file is put, and proved", lambda: door.put(key, BytesIO(_DATA), len(_DATA))),
        ("a part of it is read", lambda: door.get(key, 1, 4).read(3)),
        ("it is deleted", lambda: door.delete(key)),
    )
    for words, call in tries:
        try:
            call()
        except (UnavailableError, StorageFullError, OSError) as problem:
            cause = f" ({problem.__cause__!r})" if problem.__cause__ is not None else ""
            yield False, f"{words}: {problem}{cause}", _MEND
            return
    yield True, f"{door.config.url}: put, proved, read, deleted", ""
