"""`way rm`: into the trash of a space."""

from typing import Annotated

import typer

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.commands import file_arguments as files
from waystation_client.errors import MalformedError, WaystationError
from waystation_client.exit_codes import ExitCode
from waystation_client.files import places
from waystation_client.files.tally import Tally
from waystation_client.screens import listing


def rm(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SPACE:/PATH...", help="What goes.", autocompletion=files.completions
        ),
    ],
    *,
    recursive: files.Recursive = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Delete files and folders of spaces. The space's trash keeps them for a while."""
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    tally, targets = Tally(), [places.parsed(word) for word in words]
    with session.spaces() as wire:
        for place in targets:
            try:
                if not place.path:
                    raise MalformedError(f"{place} is a space, and is not deleted this way.")
                if not recursive and remote.look(wire, place).folder:
                    raise MalformedError(
                        f"{place} is a folder.", next_step="Add --recursive (-r)."
                    )
                remote.remove(wire, place)
                tally.took_away()
            except WaystationError as error:
                if len(targets) == 1:
                    raise
                tally.failure(str(place), error)
    if as_json:
        listing.document(tally.document())
    for failure in () if as_json else tally.failures:
        listing.note(f"way: {failure.path}: {failure.title}")
    if tally.failed:
        raise typer.Exit(int(ExitCode.SOME_FAILED))
