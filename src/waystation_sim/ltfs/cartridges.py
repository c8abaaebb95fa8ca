"""Cartridge directories: files of a real tree, laid out on tapes that are mostly other files."""

import hashlib
import os
import random
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation_sim.library.profiles import DriveProfile, profile_named

BLOCK_BYTES = 524_288
"""LTFS's usual block size (SNIA LTFS Format Specification 2.4.0)."""

FIRST_BLOCK = 6
"""Labels and an index come before the first file."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How files are written.

    Attributes:
        profile: of drive and cartridge.
        copies: cartridges that get each file, one after the other.
        hashes: kinds of checksum that are stored with each file.
        spread: files lie scattered over the whole tape, as if many others were between them;
            False packs them.
        seed: of the places.
    """

    profile: DriveProfile | str = "L9"
    copies: int = 1
    hashes: tuple[str, ...] = ("sha256",)
    spread: bool = True
    seed: int = 1


def write_tree(
    source: Path, mount: Path, names: Sequence[str], *, below: str = "", how: Writing | None = None
) -> None:
    """Write every file of a tree onto cartridges, in turn; cartridges are made when not there.

    Args:
        source: directory to write.
        mount: where the cartridges are "mounted".
        names: of the cartridges.
        below: directory on each cartridge that the tree is written into.
        how: it is done.
    """
    how = how or Writing()
    profile = profile_named(how.profile)
    draw = random.Random(how.seed)
    for name in names:
        make_cartridge(mount, name)
    files = sorted(path for path in source.rglob("*") if path.is_file())
    lots: dict[str, list[Path]] = {name: [] for name in names}
    for n, path in enumerate(files):
        for copy in range(how.copies):
            lots[names[(n + copy) % len(names)]].append(path)
    for name, lot in lots.items():
        last = int(profile.capacity_bytes / BLOCK_BYTES) - 1000
        places = sorted(draw.sample(range(FIRST_BLOCK, last), len(lot))) if how.spread else None
        block = FIRST_BLOCK
        for n, path in enumerate(lot):
            place = mount / name / below / path.relative_to(source)
            write_file(path, place, block=places[n] if places else block, hashes=how.hashes)
            block += -(-path.stat().st_size // BLOCK_BYTES)
        wrote(mount / name)


def make_cartridge(mount: Path, name: str) -> Path:
    """An empty formatted cartridge, or the one that is there."""
    place = mount / name
    if not place.is_dir():
        place.mkdir(parents=True)
        _mark(place, "volumeUUID", str(uuid.uuid4()))
        _mark(place, "volumeSerial", name[:6])
        _mark(place, "volumeBlocksize", str(BLOCK_BYTES))
        _mark(place, "indexGeneration", "1")
    return place


def write_file(
    path: Path, place: Path, *, block: int, hashes: Sequence[str] = ("sha256",)
) -> None:
    """One file onto a cartridge: bytes, times, start block and checksums."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)
    if place.stat().st_size:
        _mark(place, "startblock", str(block))
        _mark(place, "partition", "b")
    for kind in hashes:
        _mark(place, f"hash.{kind}sum", hashlib.new(kind, path.read_bytes()).hexdigest())
    seen = path.stat()
    os.utime(place, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def wrote(cartridge: Path) -> None:
    """LTFS has written the index of a cartridge: its generation grows."""
    old = int(os.getxattr(cartridge, "user.ltfs.indexGeneration"))
    _mark(cartridge, "indexGeneration", str(old + 1))


def position(place: Path) -> int:
    """First byte of a file on its cartridge; 0 for an empty one."""
    if not place.stat().st_size:
        return 0
    return int(os.getxattr(place, "user.ltfs.startblock")) * BLOCK_BYTES


def _mark(place: Path, name: str, value: str) -> None:
    os.setxattr(place, f"user.ltfs.{name}", value.encode())
