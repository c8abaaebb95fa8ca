"""Which files the demonstration archives, and the checksums that they must come back with."""

import hashlib
import os
import shutil
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LEFT_OUT = {"__pycache__", "site-packages", "dist-packages"}


def gather(into: Path) -> Path:
    """The default tree: the Python standard library and this environment's packages.

    Hard links where they can be made, else copies; compiled files are left out.
    """
    paths = sysconfig.get_paths()
    _link_tree(Path(paths["stdlib"]), into / "standard-library")
    _link_tree(Path(paths["purelib"]), into / "site-packages")
    return into


def plain_files(tree: Path) -> Iterator[Path]:
    """Every plain file below, links left out, in order."""
    for folder, folders, names in os.walk(tree):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def digests(files: list[Path]) -> dict[Path, str]:
    """SHA-256 of each file's bytes."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(files, pool.map(_digest, files), strict=True))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _link_tree(source: Path, into: Path) -> None:
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        place = into / Path(folder).relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                _link(file, place / name)


def _link(file: Path, place: Path) -> None:
    try:
        place.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, place)
