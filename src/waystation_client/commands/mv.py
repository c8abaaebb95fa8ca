"""`way mv` and `way cp`: another name or folder within a space, and copies there."""

from typing import Annotated

import typer

from waystation_client import session
from waystation_client.commands import file_arguments as files
from waystation_client.errors import MalformedError, NotFoundError
from waystation_client.files import places

Force = Annotated[bool, typer.Option("--force", "-f", help="What is there goes to the trash.")]


def mv(source: files.PlaceText, target: files.PlaceText, *, force: Force = False) -> None:
    """Rename or move a file or folder in its space.

    Into an existing folder it goes under its own name.
    """
    _carry(source, target, force=force, copy=False)


def cp(source: files.PlaceText, target: files.PlaceText, *, force: Force = False) -> None:
    """Copy a file or folder in its space; the bytes never come here."""
    _carry(source, target, force=force, copy=True)


def _carry(source: str, target: str, *, force: bool, copy: bool) -> None:
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    one, other = places.parsed(source), places.parsed(target)
    if not one.path:
        raise MalformedError(f"{one} is a space, not a file or folder in it.")
    with session.spaces() as wire:
        try:
            inside = other.folder or remote.look(wire, other).folder
        except NotFoundError:
            inside = False
        goal = other.below(one.name) if inside else other
        remote.move(wire, one, goal, overwrite=force, copy=copy)
