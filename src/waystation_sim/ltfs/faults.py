"""What can be wrong with mounted cartridges."""

import ctypes
import os
from pathlib import Path

MNT_DETACH = 2


def truncate(place: Path) -> None:
    """A file that ends too soon; its size in the index stays until LTFS looks again."""
    os.truncate(place, place.stat().st_size // 2)


def spoil(place: Path) -> None:
    """Other bytes of the same length at the same time: only a checksum finds that."""
    seen = place.stat()
    with place.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 0xFF]))
    os.utime(place, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def unmount(mount: Path, name: str) -> None:
    """A cartridge is taken out of the library."""
    (mount / name).rename(mount.parent / f"away-{name}")


def mount_again(mount: Path, name: str) -> None:
    """It is put back."""
    (mount.parent / f"away-{name}").rename(mount / name)


class Daemonless:
    """A FUSE mount over a directory whose daemon hangs or was killed. Needs root and /dev/fuse.

    Real kernel behaviour: with a hanging daemon every access waits, with a dead one it fails with
    "Transport endpoint is not connected".
    """

    def __init__(self, place: Path) -> None:
        self._place = os.fsencode(place)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._device: int | None = None

    def hang(self) -> None:
        """From now on nobody answers.

        Raises:
            OSError: it cannot be mounted.
        """
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0".encode()
        if self._libc.mount(b"ltfs", self._place, b"fuse", 0, options):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def die(self) -> None:
        """From now on the daemon is gone."""
        if self._device is None:
            self.hang()
        assert self._device is not None
        os.close(self._device)
        self._device = None

    def end(self) -> None:
        """Take the mount away; what waited gets an error."""
        if self._device is not None:
            os.close(self._device)
            self._device = None
        self._libc.umount2(self._place, MNT_DETACH)
