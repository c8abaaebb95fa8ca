"""Shipments on a disk that somebody carries.

    waystation/KEY/manifest.jsonl   what it is, then a line for each file
    waystation/KEY/signature.json   by the sender; written last: then all is there
    waystation/KEY/files/000/000001 bytes, by number: any file system can name them
    waystation/KEY/receipt.json     by the receiver: what landed

Nothing on the disk is believed before its signature was: paths of files are only in the manifest,
and no symbolic link is followed.
"""

import hashlib
import json
import os
import re
import shutil
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from waystation.domains.transfers.errors import PartnerRefusedError

FORMAT = "waystation carry 1"
BLOCK = 2**22
_KEY = re.compile(r"[0-9a-zA-Z-]{8,64}")
_LARGEST = 2**28
"""Of a manifest; ten thousand files need a hundredth of it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes, and by which token they were signed."""

    content: bytes
    token: int
    signature: str


class Disk:
    """A folder that is carried.

    Args:
        root: where it is mounted.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def free(self) -> int:
        """Bytes that still fit."""
        return shutil.disk_usage(self._root).free

    def shipments(self) -> list[str]:
        """Keys of shipments on it that are whole."""
        top = self._root / "waystation"
        found = sorted(each.name for each in top.iterdir()) if top.is_dir() else []
        return [key for key in found if _KEY.fullmatch(key) and self.whole(key)]

    def whole(self, key: str) -> bool:
        """All of a shipment is there, and signed."""
        return (self._folder(key) / "signature.json").is_file()

    def has(self, key: str, n: int, size: int) -> bool:
        """A file of a shipment is there, in its full length."""
        try:
            found = self._file(key, n).lstat()
        except FileNotFoundError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == size

    def put(self, key: str, n: int, source: BinaryIO) -> tuple[int, str]:
        """Write a file, and make sure of it; its size and sha256.

        Raises:
            OSError: the disk is full, or broken.
        """
        place = self._file(key, n)
        place.parent.mkdir(parents=True, exist_ok=True)
        part, sha256, size = place.with_suffix(".part"), hashlib.sha256(), 0
        with part.open("wb") as file:
            while data := source.read(BLOCK):
                sha256.update(data)
                file.write(data)
                size += len(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
        return size, sha256.hexdigest()

    def drop(self, key: str, n: int) -> None:
        """A file does not go after all; one that is not there is good."""
        self._file(key, n).unlink(missing_ok=True)

    def seal(self, key: str, signed: Signed) -> None:
        """Write the manifest, then its signature: from now on the shipment is whole."""
        folder = self._folder(key)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "manifest.jsonl", signed.content)
        _write(folder / "signature.json", _signature(signed))

    def manifest(self, key: str) -> Signed:
        """What a shipment says it is; not looked at yet.

        Raises:
            PartnerRefusedError: it is not there, or no such file.
        """
        return self._signed(key, "manifest.jsonl", "signature.json")

    def write_receipt(self, key: str, signed: Signed) -> None:
        """Leave word of what landed."""
        _write(self._folder(key) / "receipt.json", signed.content)
        _write(self._folder(key) / "receipt.signature.json", _signature(signed))

    def receipt(self, key: str) -> Signed | None:
        """What its receiver says; None before it was there.

        Raises:
            PartnerRefusedError: it is damaged.
        """
        if not (self._folder(key) / "receipt.signature.json").is_file():
            return None
        return self._signed(key, "receipt.json", "receipt.signature.json")

    @contextmanager
    def open(self, key: str, n: int) -> Iterator[BinaryIO]:
        """A file of a shipment.

        Raises:
            OSError: it is not there, is a link, or cannot be read.
        """
        place = self._file(key, n)
        if not place.parent.resolve().is_relative_to(self._root.resolve()):
            raise FileNotFoundError(f"{place} leads away from the disk")
        handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise FileNotFoundError(f"{place} is no file")
            yield file

    def _folder(self, key: str) -> Path:
        assert _KEY.fullmatch(key)
        folder = self._root / "waystation" / key
        if not folder.resolve().is_relative_to(self._root.resolve()):
            raise PartnerRefusedError(f"{folder} leads away from the disk.")
        return folder

    def _file(self, key: str, n: int) -> Path:
        return self._folder(key) / "files" / f"{n // 1_000:03}" / f"{n:06}"

    def _signed(self, key: str, content: str, signature: str) -> Signed:
        try:
            raw = _read(self._folder(key) / content)
            said = json.loads(_read(self._folder(key) / signature))
            return Signed(raw, int(said["token"]), str(said["signature"]))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise PartnerRefusedError(f"{content} of {key} cannot be read: {problem}") from problem


def copied(source: BinaryIO, target: BinaryIO) -> tuple[int, str, int]:
    """Copy all of it; size, sha256 and adler32."""
    sha256, adler32, size = hashlib.sha256(), 1, 0
    while data := source.read(BLOCK):
        sha256.update(data)
        adler32 = zlib.adler32(data, adler32)
        target.write(data)
        size += len(data)
    return size, sha256.hexdigest(), adler32


def _signature(signed: Signed) -> bytes:
    known: Mapping[str, object] = {"token": signed.token, "signature": signed.signature}
    return json.dumps(known).encode()


def _write(place: Path, content: bytes) -> None:
    part = place.with_name(f"{place.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place)


def _read(place: Path) -> bytes:
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("it is too large")
    return content
