"""Arguments and options that several commands share, so that they read the same everywhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from waystation_client import path_lists, session
from waystation_client.errors import WaystationError


def request_ids(incomplete: str) -> list[tuple[str, str]]:
    """Offer the newest requests to the shell; silence when the server cannot be asked."""
    try:
        with session.signed_in() as way:
            found = way.requests(limit=30).requests
    except WaystationError:
        return []
    return [
        (str(r.id), f"{r.state} {r.label or ''}".strip())
        for r in found
        if str(r.id).startswith(incomplete)
    ]


RequestId = Annotated[
    int,
    typer.Argument(metavar="ID", min=1, help="The request's number.", autocompletion=request_ids),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON on standard output and nothing else there.")
]
StoreName = Annotated[
    str | None, typer.Option("--store", help="Which store; needed only where there are several.")
]
Paths = Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="Paths in the store.")]
FromFile = Annotated[
    str | None,
    typer.Option(
        "--from-file",
        metavar="FILE",
        help="Read the paths from FILE, one a line; - for standard input. A million is fine.",
    ),
]
NullSeparated = Annotated[
    bool, typer.Option("--null", "-0", help="Paths in --from-file end with NUL (find -print0).")
]


def in_space(text: str) -> tuple[str, str]:
    """Return space and path of `SPACE:/PATH`.

    Raises:
        typer.BadParameter: It is not written so.
    """
    space, colon, path = text.partition(":")
    if not space or not colon or "/" in space:
        raise typer.BadParameter(f"{text!r}: write SPACE:/PATH, for instance lab:/run7/a.fits")
    return space, path.strip("/")


def path_source(
    paths: list[str] | None, from_file: str | None, *, null: bool
) -> path_lists.PathSource | None:
    """Return where the paths come from, or None when none were given.

    Raises:
        typer.BadParameter: Both were given, or the list cannot be opened.
    """
    if paths and from_file:
        raise typer.BadParameter("Give paths or --from-file, not both.")
    if from_file is None:
        return path_lists.ListedPaths(paths) if paths else None
    try:
        if from_file == "-":
            return path_lists.from_stream(sys.stdin.buffer, null=null)
        return path_lists.from_file(Path(from_file), null=null)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def size(text: str) -> int:
    """Bytes of `2T` or `500000`.

    Raises:
        typer.BadParameter: It is no size.
    """
    number, unit = text.rstrip("kMGTP"), text[len(text.rstrip("kMGTP")) :]
    if not number.isascii() or not number.replace(".", "", 1).isdecimal() or len(unit) > 1:
        raise typer.BadParameter(f"{text!r} is no size: write 2T, or 500G")
    return int(float(number) * 1000 ** " kMGTP".index(unit or " "))
