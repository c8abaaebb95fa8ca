"""Cartridges as LTFS shows them now."""

import os
from contextlib import suppress
from pathlib import Path

from waystation.backends.tape.ltfs import attributes
from waystation.backends.tape.ltfs.attributes import Volume
from waystation.backends.tape.ltfs.config import LtfsConfig


def mounted(config: LtfsConfig) -> dict[str, tuple[Path, Volume]]:
    """Every cartridge by name: its directory and what its root tells. No tape moves for that.

    A directory that is no LTFS volume is none of ours: LTFS LE has some of its own, and an empty
    mount point is an ordinary directory.

    A cartridge that does not answer is not mounted: the others are not kept waiting for it.

    Raises:
        OSError: the mount point is not there, or LTFS does not answer at all.
    """
    if config.one_cartridge:
        seen = attributes.volume(config.mount)
        return {name_of(config.mount, seen): (config.mount, seen)} if seen else {}
    found = {}
    with os.scandir(config.mount) as entries:
        for entry in entries:
            with suppress(OSError):
                seen = attributes.volume(entry.path) if _is_folder(entry) else None
                if seen is not None:
                    found[entry.name] = (Path(entry.path), seen)
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def name_of(place: Path, seen: Volume) -> str:
    """A single cartridge's name: its serial (the barcode, where it was formatted with one)."""
    serial = attributes.value(place, "ltfs.volumeSerial") or ""
    return serial if serial.isalnum() else seen.uuid


def folder_of(config: LtfsConfig, name: str) -> Path:
    """The directory of a cartridge."""
    return config.mount if config.one_cartridge else config.mount / name


def complaint(config: LtfsConfig, name: str, uuid: str) -> str:
    """Why a cartridge cannot be read now, a sentence; empty if it can."""
    place = folder_of(config, name)
    try:
        if not place.is_dir() or place.is_symlink():
            return f"Cartridge {name} is not mounted."
        seen = attributes.volume(place)
    except OSError as error:
        return f"Cartridge {name} does not answer: {error.strerror}."
    if seen is None:
        return f"Cartridge {name} is not mounted."
    if seen.uuid != uuid:
        return f"Cartridge {name} is not the one that was looked through: it was formatted anew."
    return ""
