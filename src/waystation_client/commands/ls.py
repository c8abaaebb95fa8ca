"""`way ls`: spaces, and what is in them."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import moments, session, sizes
from waystation_client.commands import file_arguments as files
from waystation_client.files import places
from waystation_client.files.places import Place
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.files.remote import Remote
    from waystation_client.files.wire import Wire


def ls(
    place: Annotated[
        str | None,
        typer.Argument(
            metavar="[SPACE:/PATH]",
            help="A folder or file; without one your spaces.",
            autocompletion=files.completions,
        ),
    ] = None,
    *,
    long: Annotated[bool, typer.Option("--long", "-l", help="Size, time and sha256 too.")] = False,
    recursive: files.Recursive = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document a line, one line a file.")
    ] = False,
) -> None:
    """List a folder of a space, or your spaces. A million files are listed as they come."""
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    with session.spaces() as wire:
        if place is None:
            mine = remote.spaces(wire)
            if as_json:
                listing.document({"spaces": mine})
                return
            listing.rows(
                ("SPACE", "YOU ARE", "TITLE"), ((f"{s.name}:/", s.role, s.title) for s in mine)
            )
            return
        found = _found(wire, places.parsed(place), recursive=recursive)
        if as_json:
            for each in found:
                listing.document(each)
        elif long:
            now = session.now()
            listing.rows(
                ("SIZE", "CHANGED", "SHA256", "NAME"),
                (_long(each, now) for each in found),
                right=("SIZE",),
            )
        else:
            for each in found:
                listing.say(f"{each.name}/" if each.folder else each.name)


def _found(wire: "Wire", place: Place, *, recursive: bool) -> "Iterator[Remote]":
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    top = remote.look(wire, place) if place.path else None
    if top is not None and not top.folder:
        yield top
        return
    yield from remote.below(wire, place, flat=not recursive)


def _long(each: "Remote", now: datetime) -> tuple[str, str, str, str]:
    if each.folder:
        return "-", moments.local(each.mtime, now), "-", f"{each.name}/"
    digest = each.sha256[:12] or "-"
    return sizes.words(each.size), moments.local(each.mtime, now), digest, each.name
