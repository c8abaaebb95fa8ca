"""Look through cartridges and keep the index true: only what changed is read again.

A cartridge whose index generation is the one we know has not changed. Another generation has it
looked through wholly, since a file that was written anew does not change its directory. Where
LTFS tells no generation, directories with the old modification time are passed over.
"""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from waystation.backends.tape.ltfs import attributes
from waystation.backends.tape.ltfs.attributes import Checksum, Volume
from waystation.backends.tape.ltfs.cartridges import mounted
from waystation.backends.tape.ltfs.config import LtfsConfig
from waystation.backends.tape.ltfs.index import Change, Index, Seen
from waystation.backends.tape.ltfs.trees import Trees, objection, source_of

DONE = "looked through"
"""The fact that stands when every mounted cartridge was looked through once."""

SITE_SUMS = "checksums"


def refresh(config: LtfsConfig, index: Index) -> int:
    """Bring the index up to what is mounted now; how many cartridges were looked through.

    A cartridge that cannot be looked through counts as not mounted; that is said on the error
    output, which is the back end's log.

    Raises:
        OSError: LTFS does not answer at all; what was looked through before is kept.
    """
    found = mounted(config)
    known = index.cartridges()
    present, looked = set(found), 0
    for name, (place, volume) in sorted(found.items()):
        old = known.get(name)
        if old == volume and volume.generation is not None:
            continue
        try:
            with index.change() as change:
                change.cartridge(name, volume)
                _look_through(config, change, name, place, whole=_differs(old, volume))
        except OSError as error:
            sys.stderr.write(f"Cartridge {name} cannot be looked through: {error.strerror}.\n")
            present.discard(name)  # the others are as good as ever
        else:
            looked += 1
    _site_checksums(config, index)
    with index.change() as change:
        change.present(present)
        change.remember(DONE, "yes" if present else "")
    return looked


def _differs(old: Volume | None, volume: Volume) -> bool:
    """Nothing that is known of it counts; a doubted cartridge has a generation of its own."""
    return old is None or old.generation != volume.generation or old.uuid != volume.uuid


def _look_through(
    config: LtfsConfig, change: Change, name: str, place: Path, *, whole: bool
) -> None:
    """Walk the trees of a cartridge; symbolic links are neither followed nor kept."""
    base = os.fsencode(place)
    sources = {source_of(tree).rstrip(b"/") for tree in config.trees}
    if whole:
        change.forget(name)
    waiting = sorted(sources, reverse=True)
    while waiting:
        folder = waiting.pop()
        here = base + b"/" + folder if folder else base
        try:
            seen = os.lstat(here)
        except FileNotFoundError:
            change.drop_folder(name, folder)
            continue
        if not stat.S_ISDIR(seen.st_mode):
            continue
        known, below = change.folder(name, folder)
        if known == seen.st_mtime_ns:
            waiting += below
            continue
        files, folders = _entries(here, folder)
        for gone in set(below) - set(folders):
            change.drop_folder(name, gone)
        change.files(name, Seen(folder, 0, seen.st_mtime_ns), files)
        waiting += folders


def _entries(here: bytes, folder: bytes) -> tuple[list[Seen], list[bytes]]:
    """Files and directories directly in a directory."""
    files, folders = [], []
    before = folder + b"/" if folder else b""
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(before + entry.name)
            elif entry.is_file(follow_symlinks=False):
                seen = entry.stat(follow_symlinks=False)
                block = attributes.start_block(entry.path)
                files.append(Seen(before + entry.name, seen.st_size, seen.st_mtime_ns, block))
    return files, folders


def _site_checksums(config: LtfsConfig, index: Index) -> None:
    """Read the site's own checksums when their file has changed."""
    version = ""
    if config.checksums is not None:
        seen = config.checksums.stat()
        version = f"{config.checksums} {seen.st_mtime_ns} {seen.st_size}"
    if version != index.fact(SITE_SUMS):
        with index.change() as change:
            change.checksums(lines_of(config) if config.checksums is not None else ())
            change.remember(SITE_SUMS, version)


def lines_of(config: LtfsConfig) -> Iterator[tuple[bytes, Checksum]]:
    """The site's checksums by path on a cartridge; lines that are none of ours are passed over.

    `<digits>  <path>` or `<digits> *<path>`, as `sha256sum` writes. A relative path belongs to
    every tree.

    Raises:
        OSError: the file cannot be read.
    """
    assert config.checksums is not None
    trees = Trees(config.trees)
    with config.checksums.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            digits, _, path = line.rstrip("\r\n").partition(" ")
            told = attributes.parse_checksum(digits)
            path = path[1:] if path[:1] in {" ", "*"} else path
            if told is None or not path:
                continue
            plain = path.removeprefix("./")
            places = (
                [path] if path.startswith("/") else [f"{t.root}/{plain}" for t in config.trees]
            )
            for place in places:
                spot = None if objection(place) else trees.spot(place)
                if spot is not None:
                    yield spot.on_tape, told
