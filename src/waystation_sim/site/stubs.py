"""Files and their stubs, as a space-managed file system shows them.

A migrated file keeps its size and times and has no blocks: `st_size > 0 and st_blocks == 0`, the
sign that IBM's own scripts look for. Where the file system takes extended attributes, a file with
a copy on tape carries `user.dmapi.IBMTPS`, the text EE keeps as `dmapi.IBMTPS`.
"""

import os
import zlib
from contextlib import suppress
from enum import Enum
from pathlib import Path

from waystation_sim.site.index import Archived

TAPE_ATTRIBUTE = "user.dmapi.IBMTPS"
CHUNK = 1 << 20


class FileState(Enum):
    """Where a file's bytes are; the value is the letter of `eeadm file state -s`.

    R, P and M are seen in EE's output. S, O and X are our reading: no text with them was found.
    """

    RESIDENT = "R"
    PREMIGRATED = "P"
    MIGRATED = "M"
    SAVED = "S"
    OFFLINE = "O"
    MISSING = "X"

    @property
    def word(self) -> str:
        """The word EE uses."""
        return self.name.lower()


class DamagedError(OSError):
    """The bytes on the cartridge are not those that were written."""


def state_of(path: str, archived: Archived | None, tape_states: dict[str, str]) -> FileState:
    """Say what state a file is in; a file changed since it was archived is resident.

    Args:
        path: absolute.
        archived: its entry in the index.
        tape_states: state word of each cartridge.

    Raises:
        OSError: there is no such file.
    """
    seen = os.lstat(path)
    if archived is None or (seen.st_size, seen.st_mtime_ns) != (archived.size, archived.mtime_ns):
        return FileState.RESIDENT
    if not archived.size:
        return FileState.SAVED
    if seen.st_blocks:
        return FileState.PREMIGRATED
    states = {tape_states.get(barcode, "missing") for barcode, _ in archived.copies}
    for state in (FileState.MISSING, FileState.OFFLINE):
        if states == {state.word}:
            return state
    return FileState.MIGRATED


def checksum(path: Path) -> int:
    """CRC-32 of a file's bytes."""
    crc = 0
    with path.open("rb", buffering=0) as source:
        while chunk := source.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc


def make_stub(path: str, archived: Archived, attribute: str, incoming: Path) -> None:
    """Put a stub in the place of a file, at once and for good."""
    fresh = incoming / f"stub-{archived.id}"
    with fresh.open("wb") as stub:
        stub.truncate(archived.size)
        with suppress(OSError):  # a file system without extended attributes
            os.setxattr(stub.fileno(), TAPE_ATTRIBUTE, attribute.encode())
            if os.fstat(stub.fileno()).st_blocks:  # it took a block; the stub must have none
                os.removexattr(stub.fileno(), TAPE_ATTRIBUTE)
    _take_the_place_of(path, fresh, archived)


def bring_back(
    source: Path, path: str, archived: Archived, attribute: str | None, incoming: Path
) -> None:
    """Copy a file's bytes from its cartridge and put them in the place of the stub.

    Args:
        source: its object on the cartridge.
        path: the stub.
        archived: its entry in the index.
        attribute: tape attribute to keep; None = the file becomes resident.
        incoming: directory for the file while it is not whole.

    Raises:
        DamagedError: size or checksum are not those that were archived.
        OSError: reading or writing failed.
    """
    fresh = incoming / f"recall-{archived.id}"
    crc, size = 0, 0
    # Buffered: a bare write on a full disk writes a part and says nothing.
    with source.open("rb", buffering=0) as tape, fresh.open("wb") as file:
        while chunk := tape.read(CHUNK):
            file.write(chunk)
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
    if (size, crc) != (archived.size, archived.crc):
        fresh.unlink()
        msg = f"{source}: {size} bytes with checksum {crc:08x}, not as archived"
        raise DamagedError(msg)
    if attribute is not None:
        with suppress(OSError):  # a file system without extended attributes
            os.setxattr(fresh, TAPE_ATTRIBUTE, attribute.encode())
    _take_the_place_of(path, fresh, archived)


def _take_the_place_of(path: str, fresh: Path, archived: Archived) -> None:
    old = os.lstat(path)
    if (old.st_size, old.st_mtime_ns) != (archived.size, archived.mtime_ns):
        fresh.unlink()
        msg = f"{path} was changed meanwhile"
        raise FileExistsError(msg)
    fresh.chmod(old.st_mode & 0o7777)
    if os.geteuid() == 0:
        os.chown(fresh, old.st_uid, old.st_gid)
    os.utime(fresh, ns=(old.st_atime_ns, archived.mtime_ns))
    fresh.replace(path)
