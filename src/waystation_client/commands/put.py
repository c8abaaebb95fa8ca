"""`way put`: files from here into a space."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.commands import file_arguments as files
from waystation_client.errors import MalformedError, NotFoundError
from waystation_client.exit_codes import ExitCode
from waystation_client.files import local, places
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally, shown, tell
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.files.sending import Sender


def put(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE... SPACE:/PATH",
            help="Files and folders here, and where they go.",
            autocompletion=files.words,
        ),
    ],
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
    """Put files into a space.

    What is in the folder goes into PATH; with a slash behind PATH, or several sources, each goes
    there under its own name. What is there already with the same size and time is not sent again:
    after ctrl-C or a broken line the same command goes on where it was. Every file's sha256 is
    compared with the server's.
    """
    if len(words) < 2:  # noqa: PLR2004 - from and to
        raise typer.BadParameter("Give what is to go, and where: way put FILE SPACE:/PATH")
    *sources, last = words
    place, tally = places.parsed(last), Tally()
    choice = files.choice(include, exclude)
    with session.spaces() as wire, shown(tally, "Sending", quiet=quiet or as_json):
        from waystation_client.files import resumed, sending  # noqa: PLC0415 - imports httpx

        notes = resumed.Notes(os.environ)
        sender = sending.Sender(wire, notes, tally, jobs, checksum, dry_run)
        for source in sources:
            path = Path(source)
            inside = place.folder or len(sources) > 1
            for name in _sent(sender, path, place, choice, inside=inside, recursive=recursive):
                if dry_run and not as_json:
                    listing.say(f"would send {name}")
    tell(tally, "would go" if dry_run else "sent", as_json=as_json)
    if tally.failed:
        raise typer.Exit(int(ExitCode.SOME_FAILED))


def _sent(
    sender: "Sender",
    path: Path,
    place: Place,
    choice: local.Choice,
    *,
    inside: bool,
    recursive: bool,
) -> Iterator[str]:
    """Send one source; the names of what goes.

    Raises:
        NotFoundError, MalformedError: it cannot be sent.
    """
    if not path.exists():
        raise NotFoundError(f"There is no {path} here.")
    if path.is_dir():
        if not recursive:
            raise MalformedError(f"{path} is a folder.", next_step="Add --recursive (-r).")
        folder = place.below(path.resolve().name) if inside else place
        yield from sender.tree(local.walk(path, choice), folder)
        return
    target = place.below(path.name) if inside or _is_folder(sender, place) else place
    yield path.name
    sender.file(local.file(path, path.name), target)


def _is_folder(sender: "Sender", place: Place) -> bool:
    from waystation_client.files import remote  # noqa: PLC0415 - imports httpx

    try:
        return remote.look(sender.wire, place).folder
    except NotFoundError:
        return False
