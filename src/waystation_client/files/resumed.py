"""Large files up by tus 1.0: cut off wherever, the same command goes on where it was."""

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from waystation_client.errors import NotFoundError, UnavailableError, WaystationError
from waystation_client.files import digests, remote
from waystation_client.files.local import Local
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally
from waystation_client.files.wire import Wire

_CHUNK = 2**20
_SPEAKS = {"Tus-Resumable": "1.0.0"}
_CONFLICT, _BUSY = 409, 423


class Notes:
    """Where uploads are that were begun: one small file each, for a later run of the command.

    In `$XDG_STATE_HOME/waystation/uploads`, by what is sent whereto; gone with the upload's end.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        base = environment.get("XDG_STATE_HOME") or ""
        root = Path(base) if base.startswith("/") else Path.home() / ".local" / "state"
        self._root = root / "waystation" / "uploads"

    def find(self, key: str) -> str:
        """The address of an upload; empty when none was begun."""
        try:
            return str(json.loads(self._path(key).read_text())["upload"])
        except (OSError, ValueError, KeyError):
            return ""

    def keep(self, key: str, upload: str) -> None:
        """An upload was begun. What cannot be kept is only begun again."""
        fresh = self._path(key).with_suffix(f".{os.getpid()}.new")
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"upload": upload}))
            fresh.replace(self._path(key))
        except OSError:
            fresh.unlink(missing_ok=True)

    def forget(self, key: str) -> None:
        """It ended."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._root / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"


def send(wire: Wire, file: Local, place: Place, notes: Notes, tally: Tally) -> None:
    """Put one large file, going on with what an earlier run has sent, and have it proved.

    Raises:
        WaystationError: refused, or the line kept breaking without anything coming through.
        OSError: the file cannot be read.
    """
    found = file.path.stat()
    file = replace(file, size=found.st_size, mtime=int(found.st_mtime))
    told = (wire.url, str(place), str(file.path.resolve()), found.st_size, found.st_mtime_ns)
    key, flown = "\n".join(map(str, told)), 0
    attempt, best = 0, -1
    while True:
        try:
            upload, at = _where(wire, key, notes, place, file)
            attempt = 0 if at > best else attempt
            best = max(best, at)
            tally.flew(at - flown)
            flown = at
            with file.path.open("rb") as content:
                hasher = _hashed(content, at)
                pieces = _Counted(content, found.st_size - at, hasher, tally)
                try:
                    theirs = _patch(wire, upload, at, pieces) if at < found.st_size else ""
                finally:
                    flown += pieces.gone
            ours = hasher.hexdigest()
            theirs = theirs or remote.look(wire, place).sha256
            digests.must_be(ours, theirs, file.name)
            notes.forget(key)
            tally.moved(found.st_size, flown=flown)
        except UnavailableError:
            attempt += 1
            if attempt >= wire.attempts:
                tally.flew(-flown)
                raise
            wire.pause(attempt)
        except BaseException:
            tally.flew(-flown)
            raise
        else:
            return


def _where(wire: Wire, key: str, notes: Notes, place: Place, file: Local) -> tuple[str, int]:
    """The upload's address and how much of it is there; a new one when none was begun."""
    upload = notes.find(key)
    if upload:
        try:
            answer = wire.call("HEAD", upload, headers=_SPEAKS)
            return upload, int(answer.headers["Upload-Offset"])
        except (NotFoundError, KeyError, ValueError):
            notes.forget(key)
    said = {"relativePath": place.path, "filename": place.name, "mtime": str(file.mtime)}
    headers = {
        **_SPEAKS,
        "Upload-Length": str(file.size),
        "Upload-Metadata": ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items()
        ),
    }
    answer = wire.call("POST", f"/tus/{place.space}/", headers=headers)
    # Only the path: whatever host is named, our token goes to our own server.
    upload = urlsplit(answer.headers["Location"]).path
    notes.keep(key, upload)
    return upload, 0


def _patch(wire: Wire, upload: str, at: int, pieces: "_Counted") -> str:
    """Send what is left; the server's sha256 of the whole.

    Raises:
        UnavailableError: the line broke, or another request of ours has not ended yet.
    """
    headers = {
        **_SPEAKS,
        "Upload-Offset": str(at),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(pieces.left),
    }
    try:
        answer = wire.call(
            "PATCH", upload, headers=headers, body=lambda: iter(pieces), again=False
        )
    except WaystationError as error:
        if error.status in {_CONFLICT, _BUSY}:
            raise UnavailableError(error.title, next_step=error.next_step) from error
        raise
    return digests.told(answer.headers.get("Repr-Digest", ""))


class _Counted:
    """The rest of a file, hashed and counted as it goes."""

    def __init__(self, file: IO[bytes], left: int, hasher: "hashlib._Hash", tally: Tally) -> None:
        self._file = file
        self.left = left
        self._hasher = hasher
        self._tally = tally
        self.gone = 0

    def __iter__(self) -> Iterator[bytes]:
        left = self.left
        while left:
            data = self._file.read(min(_CHUNK, left))
            if not data:
                raise UnavailableError(f"{self._file.name} became shorter while it was sent.")
            self._hasher.update(data)
            left -= len(data)
            self.gone += len(data)
            self._tally.flew(len(data))
            yield data


def _hashed(file: IO[bytes], until: int) -> "hashlib._Hash":
    """The digest of what was sent before; the file stands behind it."""
    hasher, left = hashlib.sha256(), until
    while left and (data := file.read(min(_CHUNK, left))):
        hasher.update(data)
        left -= len(data)
    return hasher
