"""The folder by WebDAV through which a run gets its bundle and gives its outputs back.

Of each run there is a folder `KEY`: `way.tar` and `stop` are ours; `claim`, `began`, `stdout`,
`stderr`, `out.tar` and `ended` are of the program that pilots start (`boot.py`).
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import BinaryIO

from waystation.backends.batch.hands import bundle
from waystation.backends.batch.hands.bring import arriving
from waystation.backends.batch.panda.config import PandaConfig
from waystation.backends.batch.panda.line import Host, Line

BOOT = Path(__file__).with_name("boot.py")
_OK, _MADE, _NONE, _PARTIAL, _GONE = 200, 201, 204, 206, 404
_THERE, _NO_PARENT, _RANGE = 405, 409, 416
_PIECE = 2**20
_MOST = 2**16
_LARGEST = 2**23


class Exchange:
    """It, with our credentials."""

    def __init__(self, config: PandaConfig) -> None:
        self._root = config.exchange.rstrip("/")
        self._python = config.python
        self._line = Line(config, Host("The exchange", config.exchange_token_file, {}))
        self._program = ""

    def at(self, key: str) -> str:
        """The address of the folder of a run."""
        return f"{self._root}/{key}/"

    def program(self) -> str:
        """The address of the program that pilots start; it is put there when it is not."""
        if not self._program:
            text = f"#!{self._python}\n{BOOT.read_text(encoding='ascii')}".encode()
            address = f"{self._root}/waystation-{hashlib.sha256(text).hexdigest()[:12]}.py"
            if self._line.call("GET", address, (_OK, _GONE)).content != text:
                self._line.call("PUT", address, (_OK, _MADE, _NONE), content=text)
            self._program = address
        return self._program

    def give(self, key: str, place: Path) -> None:
        """Make the folder of a run and put its bundle there. Can be repeated."""
        self._line.call("MKCOL", self.at(key), (_MADE, _THERE))
        address, size = self.at(key) + bundle.BUNDLE, place.stat().st_size
        headers = {"content-length": str(size)}
        self._line.call(
            "PUT", address, (_OK, _MADE, _NONE), content=_pieces(place), headers=headers
        )

    def stop(self, key: str) -> None:
        """Nobody wants this run any more."""
        self._line.call("PUT", self.at(key) + "stop", (_OK, _MADE, _NONE, _GONE, _NO_PARENT),
                        content=b"stop\n")  # fmt: skip

    def is_there(self, key: str) -> bool:
        """Whether the folder of a run still is."""
        address = self.at(key) + bundle.BUNDLE
        return self._line.call("HEAD", address, (_OK, _GONE)).status_code == _OK

    def read(self, key: str, name: str, offset: int = 0, limit: int = _MOST) -> bytes:
        """Bytes of a file, from its end when `offset` is below 0; empty without one."""
        span = f"{offset}-{offset + limit - 1}" if offset >= 0 else f"{offset}"
        good, asked = (_OK, _PARTIAL, _GONE, _RANGE), {"range": f"bytes={span}"}
        found = bytearray()
        with self._line.reading(self.at(key) + name, good, asked) as (status, pieces):
            if status not in {_OK, _PARTIAL}:
                return b""
            for piece in pieces:
                found += piece
                if len(found) > _LARGEST:  # a job may put anything there
                    break
        if status == _OK or offset < 0:  # all of it, or its end
            found = found[offset:]
        return bytes(found[:limit])

    def fetch(self, key: str, folder: Path) -> bool:
        """Bring outputs into a folder; whether there are any.

        Raises:
            OSError: they cannot be written, or the archive is broken.
        """
        names = bundle.wanted(folder)
        with TemporaryFile(dir=folder) as packed:
            with self._line.reading(self.at(key) + "out.tar", (_OK, _GONE)) as (status, pieces):
                if status == _GONE:
                    return False
                for piece in pieces:
                    packed.write(piece)
            packed.seek(0)
            for name, source in _unpacked(packed):
                if bundle.comes_home(name, names):
                    with arriving(folder, name, None) as target:
                        while data := source(_PIECE):
                            target.write(data)
        return True

    def forget(self, key: str) -> None:
        """Take the folder of a run away. Can be repeated."""
        self._line.call("DELETE", self.at(key), (_OK, _NONE, _GONE))

    def close(self) -> None:
        """Let connections go."""
        self._line.close()


def _unpacked(file: BinaryIO) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Plain files of an archive that a job could have made: names that lead nowhere else."""
    with _archive(file) as packed:
        for member in packed:
            parts = PurePosixPath(member.name).parts
            plain = member.isreg() and parts and not member.name.startswith("/")
            source = packed.extractfile(member) if plain and ".." not in parts else None
            if source is not None:
                yield "/".join(parts), source.read


@contextmanager
def _archive(file: BinaryIO) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=file, mode="r:") as packed:
            yield packed
    except tarfile.TarError as problem:
        raise OSError(0, f"the archive is broken: {problem}", "out.tar") from problem


def _pieces(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while data := file.read(_PIECE):
            yield data
