"""A file at a WebDAV server: another name until it is whole and right, then its own."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from waystation.backends.transfer.hands import digests
from waystation.backends.transfer.hands.task import MoveError, Task
from waystation.backends.transfer.http import told
from waystation.backends.transfer.http.server import Servers, There, refusal
from waystation.domains.transfers.entities import Endpoint, Piece

_CREATED_OR_THERE = {200, 201, 204, 301, 405}
_NO_PARENT = {404, 409}
_MOVED = {200, 201, 204}


class Folders:
    """Makes the folders of one load at its target, each once."""

    def __init__(self, servers: Servers, end: Endpoint) -> None:
        self._servers = servers
        self._end = end
        self._lock = threading.Lock()
        self._made: set[str] = set()

    def make(self, path: str) -> None:
        """Have the folder in which a file will be, with all above it up to the endpoint.

        Raises:
            MoveError: the server does not make it.
        """
        with self._lock:
            self._one(path.rpartition("/")[0])

    def _one(self, folder: str) -> None:
        if folder in self._made:
            return
        where = There.at(self._end, f"{folder}/" if folder else "")
        status, _ = self._servers.status("MKCOL", where)
        if status in _NO_PARENT and folder:
            self._one(folder.rpartition("/")[0])
            status, _ = self._servers.status("MKCOL", where)
        # Whoever may write in the endpoint need not be let make it: only what is below counts.
        if folder and status not in _CREATED_OR_THERE:
            raise MoveError(refusal(status, f"The folder {folder} at the target"))
        self._made.add(folder)


class Placing:
    """Puts the files of one load into their places."""

    def __init__(self, task: Task, servers: Servers, *, part_names: bool) -> None:
        self._task = task
        self._servers = servers
        self._part_names = part_names
        self._folders = Folders(servers, task.load.target)

    def is_there(self, piece: Piece) -> bool:
        """Whether the target has the file already, right by size and a checksum."""
        kind = digests.strongest(piece.checksums)
        if kind is None:
            return False
        where = There.at(self._task.load.target, piece.target)
        status, headers = self._servers.status("HEAD", where, told.wanted(kind))
        if status not in _MOVED or headers.get("content-length") != str(piece.size):
            return False
        digits = told.found(headers).get(kind)
        return digits is not None and digests.same(digits, piece.checksums[kind])

    def place(self, piece: Piece, write: Callable[[There], Mapping[str, str]]) -> None:
        """Have a file written, compare it, and give it its name.

        Args:
            piece: the file.
            write: writes it to where it is told; checksums of what was sent, if it knows.

        Raises:
            MoveError: it is not there.
        """
        self._folders.make(piece.target)
        last = There.at(self._task.load.target, piece.target)
        with self._first(piece, last) as first:
            sent = write(first)
            known = {**sent, **piece.checksums}
            self._look(first, piece, known)
            if first != last:
                onto = {"Destination": last.url, "Overwrite": "T"}
                status, _ = self._servers.status("MOVE", first, onto)
                if status not in _MOVED:
                    raise MoveError(refusal(status, "Giving the file its name at the target"))
                # XRootD 5.5 takes names with %, as URLs have them, for the names of other files.
                self._look(last, piece, {})

    def _look(self, where: There, piece: Piece, known: Mapping[str, str]) -> None:
        """Compare what the target shows with what is known.

        Raises:
            MoveError: it is not there, or something else.
        """
        kind = digests.cheapest(known)
        asked = told.wanted(kind) if kind is not None else {}
        status, headers = self._servers.status("HEAD", where, asked)
        if status not in _MOVED:
            raise MoveError(refusal(status, "What was written to the target"))
        told.compare(headers, piece, known, "The target")

    @contextmanager
    def _first(self, piece: Piece, last: There) -> Iterator[There]:
        """Where a file is written first; removed again when it did not become one."""
        where = last
        if self._part_names:
            key = hashlib.sha256(f"{self._task.load.key}\0{piece.n}".encode()).hexdigest()
            folder = piece.target.rpartition("/")[0]
            name = f".{key[:24]}.part"
            path = f"{folder}/{name}" if folder else name
            where = There.at(self._task.load.target, path)
        else:
            # What a server knows of the old file, its checksum above all, must go with it.
            self._servers.status("DELETE", where)
        try:
            yield where
        except BaseException:
            with suppress(MoveError):
                self._servers.status("DELETE", where)
            raise
