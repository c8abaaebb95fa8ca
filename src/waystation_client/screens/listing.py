"""Rows on standard output: a table on a terminal, tab-separated lines in a pipe, or JSON."""

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import TextIO


def safe(text: str) -> str:
    """Return text in which nothing can steer the terminal: a path may hold escape sequences."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def rows(
    headers: Sequence[str], lines: Iterable[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Print rows. In a pipe: no header, no cut, one line a row, tabs between.

    Args:
        headers: Column names.
        lines: The rows, one text a column; may be a generator of any length.
        right: Names of columns whose numbers line up at the right.
    """
    if not sys.stdout.isatty():
        for line in lines:
            sys.stdout.write("\t".join(safe(cell) for cell in line) + "\n")
        return
    from rich.console import Console  # noqa: PLC0415 - 0.1 s to import, not needed in a pipe
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(safe(cell)) for cell in line))
    Console(highlight=False).print(table)


def say(text: str) -> None:
    """Print one line for people on standard output."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """Print one line for people on standard error, where it never mixes with results."""
    _write(sys.stderr, text)


def _write(stream: TextIO, text: str) -> None:
    stream.write("\n".join(safe(line) for line in text.split("\n")) + "\n")
    stream.flush()


def document(value: object) -> None:
    """Print one JSON document on a line of its own, for programs."""
    import msgspec  # noqa: PLC0415 - 0.03 s to import, and help never needs it

    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()
