"""Secrets of this installation, each a file of random text that only we can read."""

import contextlib
import os
import secrets
from pathlib import Path

_MODE = 0o600


def load_or_make(path: Path) -> str:
    """The secret in `path`, made at the first call.

    Two processes may start at once: the file is made whole beside its place and linked there, so
    that the first one wins and both read the same.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()
