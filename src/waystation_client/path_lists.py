"""Where the paths of a request come from: the command line, a file, or standard input.

A list can be a million paths long, so it is read in blocks and can be read again (for a retry).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol, runtime_checkable

_BLOCK_BYTES = 1 << 18


@runtime_checkable
class PathSource(Protocol):
    """Something that yields its paths in blocks, each time from the start."""

    def blocks(self) -> Iterator[Sequence[str]]:
        """Yield non-empty blocks of paths in order.

        Raises:
            ValueError: With a sentence for the user, when a line cannot be a path.
        """
        ...


class ListedPaths:
    """Paths that are in memory already."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = list(paths)

    def blocks(self) -> Iterator[Sequence[str]]:
        """Yield the paths, some thousands at a time."""
        for start in range(0, len(self._paths), 4096):
            yield self._paths[start : start + 4096]


class FilePaths:
    """Paths in an open binary file, one a line (or NUL-separated); empty lines are skipped."""

    def __init__(self, file: IO[bytes], *, name: str, null: bool = False) -> None:
        self._file = file
        self._name = name
        self._separator = b"\0" if null else b"\n"

    def blocks(self) -> Iterator[Sequence[str]]:
        """Yield the paths of about 256 KiB of the file at a time."""
        self._file.seek(0)
        rest = b""
        line = 1
        while chunk := self._file.read(_BLOCK_BYTES):
            *whole, rest = (rest + chunk).split(self._separator)
            if block := self._decoded(whole, line):
                yield block
            line += len(whole)
        if block := self._decoded([rest], line):
            yield block

    def _decoded(self, raw: Sequence[bytes], first_line: int) -> list[str]:
        try:
            lines = self._separator.join(raw).decode().split(self._separator.decode())
        except UnicodeDecodeError:
            bad = next(n for n, item in enumerate(raw, first_line) if not _is_text(item))
            raise ValueError(
                f"Line {bad} of {self._name} is not UTF-8. Paths are sent as text; "
                "rename the file or leave it out."
            ) from None
        return [path for path in (item.rstrip("\r") for item in lines) if path]


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def from_file(path: Path, *, null: bool = False) -> FilePaths:
    """Open a list of paths.

    Raises:
        ValueError: With a sentence for the user, when the file cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ValueError(f"Cannot read the list {path}: {error.strerror}.") from error
    return FilePaths(file, name=str(path), null=null)


def from_stream(stream: IO[bytes], *, null: bool = False) -> FilePaths:
    """Spool standard input to an unnamed temporary file, so that it can be read twice."""
    spool = TemporaryFile()  # noqa: SIM115 - lives as long as the source, unnamed, gone with it
    while chunk := stream.read(_BLOCK_BYTES):
        spool.write(chunk)
    return FilePaths(spool, name="standard input", null=null)
