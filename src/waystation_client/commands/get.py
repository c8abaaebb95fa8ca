"""`way get`: files of a space to here."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.commands import file_arguments as files
from waystation_client.errors import MalformedError
from waystation_client.exit_codes import ExitCode
from waystation_client.files import places
from waystation_client.files.local import Choice, Target
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally, shown, tell
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.files.wire import Wire


def get(
    source: files.PlaceText,
    target: Annotated[
        str, typer.Argument(metavar="HERE", help="A file or folder here; else its own name.")
    ] = "",
    *,
    recursive: files.Recursive = False,
    include: files.Include = None,
    exclude: files.Exclude = None,
    jobs: files.Jobs = 4,
    checksum: files.Checksum = False,
    dry_run: files.DryRun = False,
    quiet: files.Quiet = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Fetch files of a space.

    What is in the folder comes into HERE; with a slash behind HERE under the folder's own name.
    A file has its name only when all of it is there and its sha256 is the server's. What is here
    already with the same size and time is not fetched again: after ctrl-C the same command goes on
    where it was.
    """
    place, tally = places.parsed(source), Tally()
    choice = files.choice(include, exclude)
    with session.spaces() as wire, shown(tally, "Fetching", quiet=quiet or as_json):
        names = _fetched(
            wire,
            place,
            target,
            tally,
            choice,
            recursive=recursive,
            jobs=jobs,
            checksum=checksum,
            dry_run=dry_run,
        )
        for name in names:
            if dry_run and not as_json:
                listing.say(f"would fetch {name}")
    tell(tally, "would come" if dry_run else "fetched", as_json=as_json)
    if tally.failed:
        raise typer.Exit(int(ExitCode.SOME_FAILED))


def _fetched(
    wire: "Wire",
    place: Place,
    target: str,
    tally: Tally,
    choice: Choice,
    *,
    recursive: bool,
    jobs: int,
    checksum: bool,
    dry_run: bool,
) -> Iterator[str]:
    """Fetch a file or a folder; the names of what comes.

    Raises:
        WaystationError: there is nothing, or it is a folder and nobody said so.
    """
    from dataclasses import replace  # noqa: PLC0415

    from waystation_client.files import fetching, remote  # noqa: PLC0415 - imports httpx

    found = remote.look(wire, place)
    if found.folder:
        if not recursive:
            raise MalformedError(f"{place} is a folder.", next_step="Add --recursive (-r).")
        top = Path(target) if target else Path(_safe(place.name))
        top = top / _safe(place.name) if target.endswith("/") else top
        fetcher = fetching.Fetcher(wire, Target(top), tally, jobs, checksum, dry_run)
        yield from fetcher.tree(remote.below(wire, place), place, choice)
        return
    path = Path(target or ".")
    path = path / _safe(place.name) if path.is_dir() or target.endswith("/") else path
    fetcher = fetching.Fetcher(wire, Target(path.parent), tally, jobs, checksum, dry_run)
    if fetcher.is_here(found, path):
        tally.same()
        return
    yield place.path
    tally.found(1, found.size)
    if not dry_run:
        fetcher.one(replace(found, name=path.name), place)


def _safe(name: str) -> str:
    """A name for a file or folder here."""
    from waystation_client.files.local import objection  # noqa: PLC0415 - beside its use

    why = objection(name)
    if why:
        raise MalformedError(f"{name!r} cannot be a name here: {why}.", next_step="Say HERE.")
    return name
