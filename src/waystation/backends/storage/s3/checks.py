"""What `waystation doctor` asks of a bucket: every right that we need, tried on an object."""

import secrets
from collections.abc import Callable, Iterator

from waystation.backends.storage.keys import Tree
from waystation.backends.storage.s3.bucket import Bucket
from waystation.domains.hosting.errors import StorageFullError
from waystation.kernel.errors import UnavailableError

Check = tuple[bool, str, str]
"""Whether it is good, what was tried, and how to mend it."""

_MEND = "Look at endpoint, bucket, key_id and the secret, and what the key may do."


def checks(bucket: Bucket, base: str) -> Iterator[Check]:
    """Try all of it; nothing is left behind. Ends at the first that is not good."""
    key = Tree(base.strip("/")).objects + f"doctor-{secrets.token_hex(8)}"
    tries: tuple[tuple[str, Callable[[], object]], ...] = (
        ("the bucket is there", bucket.check),
        ("an object is written", lambda: bucket.put(key, b"doctor")),
        ("it is read", lambda: bucket.get(key, 0, 6).read(6)),
        ("it is listed", lambda: list(bucket.list(key))),
        ("it is deleted", lambda: bucket.delete([key])),
        ("an upload in parts is begun", lambda: bucket.begin(key)),
        ("it is listed and given up", lambda: _give_up(bucket, key)),
    )
    for words, call in tries:
        try:
            call()
        except (UnavailableError, StorageFullError, OSError) as problem:
            yield False, f"{words}: {_words(problem)}", _MEND
            return
    where = f"{bucket.config.bucket} at {bucket.config.endpoint}"
    yield True, f"{where}: written, read, listed, deleted", ""


def _give_up(bucket: Bucket, key: str) -> None:
    for each in list(bucket.begun(key)):
        bucket.abort(each.key, each.id)


def _words(problem: Exception) -> str:
    cause = problem.__cause__
    return f"{problem} ({cause})" if cause is not None else str(problem)
