"""`way mkdir`: a folder in a space."""

from typing import Annotated

import typer

from waystation_client import session
from waystation_client.commands import file_arguments as files
from waystation_client.errors import ConflictError
from waystation_client.files import places


def mkdir(
    place: files.PlaceText,
    *,
    parents: Annotated[
        bool,
        typer.Option("--parents", "-p", help="Also the folders above; no error if it is there."),
    ] = False,
) -> None:
    """Make a folder in a space."""
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    wanted = places.parsed(place)
    with session.spaces() as wire:
        made = remote.make_folder(wire, wanted, parents=parents)
        if not made and not (parents and remote.look(wire, wanted).folder):
            raise ConflictError(f"There is a {wanted} already.")
