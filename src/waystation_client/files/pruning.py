"""What a sync removes at the end it writes to: found first, so that somebody can be asked."""

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from waystation_client.errors import NotFoundError, WaystationError
from waystation_client.files import local, remote
from waystation_client.files.local import Choice, Local
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally
from waystation_client.files.wire import Wire

_SPOOL = 2**20


class Found:
    """Names, however many: kept on disk."""

    def __init__(self, names: Iterator[str]) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - lives as we do
        self.count = 0
        for name in names:
            self._file.write(json.dumps(name).encode() + b"\n")
            self.count += 1

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield str(json.loads(line))


def there(wire: Wire, folder: Place, top: Path, choice: Choice) -> Iterator[str]:
    """What is in the space and not here; of a folder that is not here only the folder itself.

    What the patterns leave out is left alone, and so are folders that may hold such things.
    """
    gone = "\0"
    whole = not choice.include and not choice.exclude
    try:
        for each in remote.below(wire, folder):
            if each.name.startswith(gone):
                continue
            if local.objection(each.name) or os.path.lexists(top / each.name):
                continue
            if each.folder and whole:
                gone = f"{each.name}/"
                yield each.name
            elif not each.folder and choice.takes(each.name):
                yield each.name
    except NotFoundError:
        return


def here(wire: Wire, folder: Place, top: Path, choice: Choice) -> Iterator[str]:
    """What is here and not in the space: files, and folders with nothing in them."""
    found = (each for each in local.walk(top, choice) if isinstance(each, Local))
    while some := list(itertools.islice(found, remote.ASK)):
        known = remote.known(wire, folder, [each.name for each in some])
        for each, entry in zip(some, known, strict=True):
            if entry is None or entry.folder != each.folder:
                yield each.name


def remove_there(wire: Wire, folder: Place, names: Found, tally: Tally) -> None:
    """Into the space's trash."""
    for name in names:
        try:
            remote.remove(wire, folder.below(name))
            tally.took_away()
        except NotFoundError:
            continue
        except WaystationError as error:
            tally.failure(name, error)


def remove_here(top: Path, names: Found, tally: Tally) -> None:
    """For good; folders that are left empty go too."""
    for name in names:
        path = top / name
        try:
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
                tally.took_away()
        except OSError as error:
            tally.failure(name, error)
        for above in itertools.takewhile(lambda p: p != top, path.parents):
            with suppress(OSError):
                above.rmdir()
