"""What we ask of a door: PUT, GET, HEAD, DELETE and MKCOL, and the checksum of what it has."""

import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

import httpx

from waystation.backends.storage.door.calls import Calls
from waystation.backends.storage.door.config import DoorConfig
from waystation.kernel.errors import UnavailableError

CHUNK = 2**18
_ADLER32 = re.compile(r"(?i)\badler32=([0-9a-f]{1,8})\b")
_NO_FOLDER = {403, 404, 409}
"""What doors answer to a PUT into a folder that is not there."""


@dataclass(frozen=True, slots=True)
class There:
    """What the door has.

    Attributes:
        bytes: of it.
        adler32: of them; None when the door does not tell.
    """

    bytes: int
    adler32: int | None


class Door:
    """The folder of a store at another site; of any thread. Keys are paths in it.

    Every method raises UnavailableError when the door does not answer or refuses us.
    """

    def __init__(self, config: DoorConfig) -> None:
        self.config = config
        self._calls = Calls(config)

    def check(self) -> None:
        """Whether our folder is there; it is made when it is not."""
        self._make_folders("x")
        with self._calls.call("PROPFIND", self._url(""), {"Depth": "0"}) as answer:
            if answer.status_code != httpx.codes.MULTI_STATUS:
                raise self._calls.refusal(answer)

    def put(self, key: str, file: BinaryIO, size: int) -> None:
        """Store a file under a key, and compare what the door then has with what was sent.

        Raises:
            StorageFullError: it has no room.
        """
        sent, there = _Sent(file, size), self.head(key, proof=True)
        if there is None or there.bytes != size or there.adler32 != sent.reckon():
            if there is not None:
                self.delete(key)  # what came of a PUT that broke off; not all doors write over it
            self._put(key, sent)
            there = self.head(key, proof=True)
        if there is None or there.bytes != size:
            raise self._wrong("does not have the file whole")
        if there.adler32 is None and self.config.checksums:
            raise self._wrong("tells no adler32 of what it has")
        if there.adler32 is not None and there.adler32 != sent.adler32:
            raise self._wrong("has other bytes than were sent")

    def head(self, key: str, *, proof: bool = False) -> There | None:
        """What is under a key; with its checksum for `proof`, which may take a door long."""
        wanted = {"Want-Digest": "adler32"} if proof else {}
        with self._calls.call("HEAD", self._url(key), wanted) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            length = answer.headers.get("content-length", "")
            if answer.status_code != httpx.codes.OK or not length.isdigit():
                raise self._calls.refusal(answer)
            told = _ADLER32.search(answer.headers.get("digest", ""))
            return There(int(length), int(told[1], 16) if told else None)

    def get(self, key: str, start: int, end: int) -> "Coming":
        """Bytes from one offset to before another, which are some.

        Raises:
            FileNotFoundError: nothing is there.
        """
        with ExitStack() as opened:
            wanted = {"Range": f"bytes={start}-{end - 1}"}
            answer = opened.enter_context(self._calls.call("GET", self._url(key), wanted))
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise FileNotFoundError(key)
            told = answer.headers.get("content-range", "")
            if answer.status_code != httpx.codes.PARTIAL_CONTENT or not told.startswith(
                f"bytes {start}-{end - 1}/"
            ):
                raise self._calls.refusal(answer)
            return Coming(answer, opened.pop_all())

    def delete(self, key: str) -> None:
        """It is gone for good; what is not there is good."""
        with self._calls.call("DELETE", self._url(key)) as answer:
            if answer.is_error and answer.status_code not in {404, 410}:
                raise self._calls.refusal(answer)

    def _put(self, key: str, sent: "_Sent") -> None:
        length = {"Content-Length": str(sent.size)}
        for made in (False, True):
            with self._calls.call("PUT", self._url(key), length, sent.chunks) as answer:
                if answer.is_success:
                    return
                if made or answer.status_code not in _NO_FOLDER:
                    raise self._calls.refusal(answer)
            self._make_folders(key)

    def _make_folders(self, key: str) -> None:
        """Every folder above a key; what is there is good, and the PUT says what is not."""
        names = key.split("/")[:-1]
        for depth in range(len(names) + 1):
            folder = "/".join(names[:depth])
            with self._calls.call("MKCOL", self._url(f"{folder}/" if folder else "")):
                pass

    def _url(self, key: str) -> str:
        return f"{self.config.url.rstrip('/')}/{quote(key)}"

    def _wrong(self, words: str) -> UnavailableError:
        return UnavailableError(
            f"The store {self.config.name!r} {words}.", advice="Send the file again."
        )


class Coming:
    """A `Body` of an answer."""

    def __init__(self, answer: httpx.Response, opened: ExitStack) -> None:
        self._chunks = answer.iter_raw(CHUNK)
        self._opened = opened
        self._left = b""

    def read(self, size: int) -> bytes:
        """As the port promises."""
        data = self._left or next(self._chunks, b"")
        self._left = data[size:]
        return data[:size]

    def close(self) -> None:
        """As the port promises."""
        self._opened.close()


class _Sent:
    """A file as the body of a PUT; what went is reckoned with."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self.adler32 = 1

    def chunks(self) -> Iterator[bytes]:
        """From the beginning."""
        self._file.seek(0)
        self.adler32 = 1
        while data := self._file.read(CHUNK):
            self.adler32 = zlib.adler32(data, self.adler32)
            yield data

    def reckon(self) -> int:
        """The checksum, of a file that is not sent."""
        for _ in self.chunks():
            pass
        return self.adler32
