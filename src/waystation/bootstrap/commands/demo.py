"""See it work: real files, a simulated tape library, the real service."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    tree: Annotated[
        Path | None,
        typer.Option("--from", help="Archive this directory instead of Python's own files."),
    ] = None,
    home: Annotated[Path, typer.Option(help="Where it keeps its things; emptied first.")] = Path(
        ".demo"
    ),
    face: Annotated[
        str, typer.Option(help="The library answers as eeadm, scoutam or wlcg.")
    ] = "eeadm",
    port: Annotated[int, typer.Option(help="Of the web page; 0 takes a free one.")] = 0,
    once: Annotated[  # noqa: FBT002 - a flag of the command line
        bool,
        typer.Option("--once", help="End after the report; status 0 if every byte was right."),
    ] = False,
) -> None:
    """Archive a real tree on simulated tapes, stage a dataset back, verify every byte."""
    from waystation.bootstrap.demo.run import demonstrate

    where = tree.absolute() if tree else None
    raise typer.Exit(demonstrate(home.absolute(), where, face=face, once=once, port=port))
