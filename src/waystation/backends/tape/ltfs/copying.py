"""One file from a cartridge into a store's tree: whole and right, or not there at all.

It is written beside its place under a name of its own, verified, given its times, and only then
linked to its name: nobody ever sees a part of it, and nothing that came there meanwhile is
written over.
"""

import errno
import os
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from waystation.backends.tape.ltfs import attributes
from waystation.backends.tape.ltfs.ahead import ahead
from waystation.backends.tape.ltfs.attributes import Checksum, Running
from waystation.backends.tape.ltfs.index import Copy
from waystation.backends.tape.ltfs.trees import Spot, make_folders, open_folder, own_like

CHUNK = 1 << 20
"""Bytes asked for at a time: two of LTFS's usual blocks."""

LARGE = 32 * CHUNK
"""Files of so many bytes are read ahead of the disk; for smaller ones a thread costs too much."""

ROOM_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

SIZE_ONLY = "Checked by its size only: no checksum of it is known."


class SourceError(Exception):
    """The copy on the cartridge could not be read, in words."""


class DamagedError(SourceError):
    """The copy was read and is not what was written."""


class PlaceError(Exception):
    """The file cannot be put into its place, in words; `full` when nothing else can either."""

    def __init__(self, words: str, *, full: bool) -> None:
        super().__init__(words)
        self.full = full


@dataclass(frozen=True, slots=True)
class Brought:
    """How a file came.

    Attributes:
        first_s: moment of its first byte, in the unit of the caller's clock; None for an empty
            file, for which no tape moves.
        checked: how far it was verified: the kind of checksum, empty when only the size was.
    """

    first_s: float | None
    checked: str


@dataclass(frozen=True, slots=True)
class Copying:
    """Bringing files, with what is the same for all of them.

    Attributes:
        now_s: tells the moment, seconds.
        fsync: a file is on the disk for good before it has its name.
    """

    now_s: Callable[[], float]
    fsync: bool

    def bring(
        self, cartridge: Path, spot: Spot, copy: Copy, *, part: str, known: Checksum | None
    ) -> Brought:
        """Copy a file from a cartridge into its place.

        Args:
            cartridge: its directory.
            spot: the file.
            copy: what the index says of it.
            part: name for it while it is not whole; what was left under it is removed.
            known: the site's own checksum, used when LTFS keeps none with the file.

        Raises:
            SourceError: the copy cannot be read, or is not the one of the index.
            DamagedError: it was read, and its checksum or length is wrong.
            PlaceError: the disk is full, or a link or another file is in the way.
        """
        # The place first: no tape moves for a file that there is no room for.
        with _folder(spot, copy.size) as folder, _source(cartridge, spot, copy) as source:
            _remove(folder, part)
            file = _create(folder, part)
            try:
                brought = self._fill(source, file, copy, known)
                self._finish(file, copy, folder)
                _link(folder, part, spot)
            finally:
                os.close(file)
                with suppress(OSError):
                    os.unlink(part, dir_fd=folder)
            self._keep(folder)
            return brought

    def _fill(self, source: int, file: int, copy: Copy, known: Checksum | None) -> Brought:
        wanted = _stored_checksum(source) or known
        sums = attributes.running(wanted.kind) if wanted is not None else None
        first_s, size = self._pour(source, file, sums, large=copy.size >= LARGE)
        if size != copy.size or _changed(source, copy):
            raise DamagedError(f"{size} bytes could be read, {copy.size} were written")
        if wanted is not None and sums is not None and sums.hexdigest() != wanted.digits:
            raise DamagedError(
                f"its {wanted.kind} is {sums.hexdigest()}, {wanted.digits} was written"
            )
        return Brought(first_s, wanted.kind if wanted is not None else "")

    def _pour(
        self, source: int, file: int, sums: Running | None, *, large: bool
    ) -> tuple[float | None, int]:
        """Copy bytes; the moment of the first, and how many there were."""
        began_s: list[float] = []
        size = 0

        def take() -> bytes:
            chunk = _read(source)
            if chunk and not began_s:
                began_s.append(self.now_s())
            return chunk

        with closing(ahead(take) if large else _until_empty(take)) as chunks:
            for chunk in chunks:
                if sums is not None:
                    sums.update(chunk)
                _write(file, chunk)
                size += len(chunk)
        return (began_s[0] if began_s else None), size

    def _finish(self, file: int, copy: Copy, folder: int) -> None:
        try:
            own_like(file, folder)
            os.utime(file, ns=(copy.mtime_ns, copy.mtime_ns))
        except OSError as error:
            raise _place_error(error) from error
        self._keep(file)

    def _keep(self, descriptor: int) -> None:
        try:
            if self.fsync:
                os.fsync(descriptor)
        except OSError as error:
            raise _place_error(error) from error


def on_disk(spot: Spot) -> os.stat_result | None:
    """The regular file in a place, None when there is nothing.

    Raises:
        PlaceError: something else is there, or on the way there.
    """
    try:
        folder = open_folder(spot.root, spot.folders)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _place_error(error) from error
    try:
        seen = os.stat(spot.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _place_error(error) from error
    finally:
        os.close(folder)
    if not stat.S_ISREG(seen.st_mode):
        raise PlaceError("something that is no file is in its place", full=False)
    return seen


def sweep(spot: Spot, part: str) -> None:
    """Remove what a killed mover left of a file."""
    with suppress(OSError):
        folder = open_folder(spot.root, spot.folders)
        try:
            os.unlink(part, dir_fd=folder)
        finally:
            os.close(folder)


@contextmanager
def _source(cartridge: Path, spot: Spot, copy: Copy) -> Iterator[int]:
    """The copy, open for reading; it must be the one that the index knows."""
    *folders, name = spot.on_tape.split(b"/")
    try:
        folder = open_folder(cartridge, folders)
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        finally:
            os.close(folder)
    except FileNotFoundError as error:
        raise SourceError("it is not there any more") from error
    except OSError as error:
        raise SourceError(f"it cannot be opened: {error.strerror}") from error
    try:
        if _changed(file, copy):
            raise SourceError("it was changed since the cartridge was looked through")
        yield file
    finally:
        os.close(file)


def _changed(source: int, copy: Copy) -> bool:
    try:
        seen = os.fstat(source)
    except OSError as error:
        raise SourceError(f"it cannot be looked at: {error.strerror}") from error
    same = stat.S_ISREG(seen.st_mode) and (seen.st_size, seen.st_mtime_ns) == (
        copy.size,
        copy.mtime_ns,
    )
    return not same


def _stored_checksum(source: int) -> Checksum | None:
    try:
        return attributes.checksum(source)
    except OSError as error:
        raise SourceError(f"its attributes cannot be read: {error.strerror}") from error


def _read(source: int) -> bytes:
    try:
        return os.read(source, CHUNK)
    except OSError as error:
        raise SourceError(f"it cannot be read: {error.strerror}") from error


def _until_empty(take: Callable[[], bytes]) -> Generator[bytes, None, None]:
    while chunk := take():
        yield chunk


def _write(file: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    try:
        while left:
            left = left[os.write(file, left) :]
    except OSError as error:
        raise _place_error(error) from error


@contextmanager
def _folder(spot: Spot, size: int) -> Iterator[int]:
    """The directory of a file, made if need be; there is room for so many bytes as it seems."""
    try:
        folder = make_folders(spot.root, spot.folders)
    except OSError as error:
        raise _place_error(error) from error
    try:
        disk = os.fstatvfs(folder)
        if disk.f_bavail * disk.f_frsize < size:
            raise _place_error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        yield folder
    finally:
        os.close(folder)


def _remove(folder: int, part: str) -> None:
    try:
        os.unlink(part, dir_fd=folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _place_error(error) from error


def _create(folder: int, part: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(part, flags, 0o644, dir_fd=folder)
    except OSError as error:
        raise _place_error(error) from error


def _link(folder: int, part: str, spot: Spot) -> None:
    """Give the whole file its name; a file that came there meanwhile stays and counts."""
    try:
        os.link(part, spot.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        if on_disk(spot) is None:
            raise PlaceError("its name was taken and given back meanwhile", full=False) from None
    except OSError as error:
        raise _place_error(error) from error


def _place_error(error: OSError) -> PlaceError:
    if error.errno in ROOM_ERRORS:
        return PlaceError(f"the disk takes no more: {error.strerror}", full=True)
    if error.errno in {errno.ELOOP, errno.ENOTDIR}:
        return PlaceError("a symbolic link or a file is on its way", full=False)
    return PlaceError(f"it cannot be written: {error.strerror}", full=False)
