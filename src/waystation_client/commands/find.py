"""`way find`: files and folders of spaces by their names."""

from typing import Annotated

import typer

from waystation_client import moments, session, sizes
from waystation_client.commands import file_arguments as files
from waystation_client.files import places
from waystation_client.screens import listing


def find(
    name: Annotated[
        str,
        typer.Argument(help="A part of the name, or with * and ? all of it: '*.fits'."),
    ],
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPACE:/FOLDER]",
            help="Only there; else in all your spaces.",
            autocompletion=files.completions,
        ),
    ] = None,
    *,
    long: Annotated[bool, typer.Option("--long", "-l", help="Size and time too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document a line, one line a file.")
    ] = False,
) -> None:
    """Find files and folders by name, the newest first. Three letters in a row at least."""
    from waystation_client.files import finding  # noqa: PLC0415 - imports httpx

    where = places.parsed(place) if place is not None else None
    with session.spaces() as wire:
        found = finding.find(wire, name, where)
        if as_json:
            for each in found:
                listing.document(each)
        elif long:
            now = session.now()
            listing.rows(
                ("SIZE", "CHANGED", "NAME"),
                (
                    (
                        "-" if each.folder else sizes.words(each.size),
                        moments.local(each.mtime, now),
                        each.place,
                    )
                    for each in found
                ),
                right=("SIZE",),
            )
        else:
            for each in found:
                listing.say(each.place)
