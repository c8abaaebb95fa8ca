"""Arguments that the file commands share, and what they offer to the shell."""

from pathlib import Path
from typing import Annotated

import typer

from waystation_client import session
from waystation_client.errors import WaystationError
from waystation_client.files import places
from waystation_client.files.local import Choice

_OFFERED = 200


def completions(incomplete: str) -> list[str]:
    """Offer spaces, then what is in the folder; silence when the server cannot be asked."""
    from waystation_client.files import remote  # noqa: PLC0415 - httpx takes 0.2 s to import

    try:
        with session.spaces() as wire:
            if ":" not in incomplete:
                mine = remote.spaces(wire)
                return [f"{s.name}:/" for s in mine if s.name.startswith(incomplete)]
            space, _, path = incomplete.partition(":")
            above, _, begun = path.lstrip("/").rpartition("/")
            start = f"{space}:/{above}/" if above else f"{space}:/"
            found: list[str] = []
            for each in remote.below(wire, places.Place(space, above), flat=True):
                if each.name.startswith(begun):
                    found.append(f"{start}{each.name}{'/' if each.folder else ''}")
                if len(found) == _OFFERED:
                    break
            return found
    except WaystationError:
        return []


def words(incomplete: str) -> list[str]:
    """Offer places of spaces and files here, for commands that take both."""
    if ":" in incomplete:
        return completions(incomplete)
    above = Path(incomplete) if incomplete.endswith("/") else Path(incomplete).parent
    try:
        here = [f"{p}/" if p.is_dir() else str(p) for p in above.iterdir()]
    except OSError:
        here = []
    return sorted(p for p in here if p.startswith(incomplete))[:_OFFERED] + (
        [] if "/" in incomplete else completions(incomplete)
    )


PlaceText = Annotated[
    str,
    typer.Argument(metavar="SPACE:/PATH", help="In a space.", autocompletion=completions),
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Folders, with all that is in them.")
]
Include = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Only files like this; may be repeated."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="No files or folders like this."),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=1, max=32, help="Requests at the same time.")
]
Checksum = Annotated[
    bool,
    typer.Option("--checksum", help="Compare contents by sha256, not by size and time."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Only say what would go; change nothing.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]


def choice(include: list[str] | None, exclude: list[str] | None) -> Choice:
    """Which names are meant."""
    return Choice(tuple(include or ()), tuple(exclude or ()))
