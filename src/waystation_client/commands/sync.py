"""`way sync`: make one folder like another, in one direction."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.commands import file_arguments as files
from waystation_client.errors import ConfirmNeededError, MalformedError, NotFoundError
from waystation_client.exit_codes import ExitCode
from waystation_client.files import local, places
from waystation_client.files.places import Place
from waystation_client.files.tally import Tally, shown, tell
from waystation_client.screens import listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waystation_client.files.pruning import Found
    from waystation_client.files.wire import Wire

_SHOWN = 10


def sync(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="A folder.", autocompletion=files.words)
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="Another one.", autocompletion=files.words)
    ],
    *,
    delete: Annotated[
        bool, typer.Option("--delete", help="Remove at TO what is not at FROM; you are asked.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    include: files.Include = None,
    exclude: files.Exclude = None,
    jobs: files.Jobs = 4,
    checksum: files.Checksum = False,
    dry_run: files.DryRun = False,
    quiet: files.Quiet = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Make folder TO like folder FROM; one of them is in a space.

    Files of the same size and time are taken for the same. Nothing is removed without --delete,
    and nothing at all when something could not be moved.
    """
    up = _is_up(source, target)
    if delete and not (yes or dry_run or sys.stdin.isatty()):
        raise ConfirmNeededError(
            "Nobody is here to ask about what --delete removes.", next_step="Add --yes."
        )
    folder, top = places.parsed(target if up else source), Path(source if up else target)
    if up and not top.is_dir():
        raise NotFoundError(f"There is no folder {top} here.")
    choice, tally = files.choice(include, exclude), Tally()
    with session.spaces() as wire:
        with shown(tally, "Syncing", quiet=quiet or as_json):
            work = _Sync(wire, folder, top, choice, tally, up=up)
            for name in work.move(jobs=jobs, checksum=checksum, dry_run=dry_run):
                if dry_run and not as_json:
                    listing.say(f"would {'send' if up else 'fetch'} {name}")
        if delete and not tally.failed:
            _prune(work, target, dry_run=dry_run, yes=yes, as_json=as_json)
    tell(tally, "would go" if dry_run else "moved", as_json=as_json)
    if tally.failed:
        raise typer.Exit(int(ExitCode.SOME_FAILED))


class _Sync:
    """One direction between a folder of a space and one here."""

    def __init__(
        self,
        wire: "Wire",
        folder: Place,
        top: Path,
        choice: local.Choice,
        tally: Tally,
        *,
        up: bool,
    ) -> None:
        self._wire, self._folder, self._top = wire, folder, top
        self._choice, self._tally, self._up = choice, tally, up

    def move(self, *, jobs: int, checksum: bool, dry_run: bool) -> "Iterator[str]":
        """Bring what is missing or other; the names of it."""
        from waystation_client.files import (  # noqa: PLC0415 - imports httpx
            fetching,
            remote,
            resumed,
            sending,
        )

        wire, tally = self._wire, self._tally
        if self._up:
            notes = resumed.Notes(os.environ)
            sender = sending.Sender(wire, notes, tally, jobs, checksum, dry_run)
            return sender.tree(local.walk(self._top, self._choice), self._folder)
        target = local.Target(self._top)
        fetcher = fetching.Fetcher(wire, target, tally, jobs, checksum, dry_run)
        found = remote.below(wire, self._folder)
        return fetcher.tree(found, self._folder, self._choice)

    def extra(self) -> "Found":
        """What is only where we write to."""
        from waystation_client.files import pruning  # noqa: PLC0415 - imports httpx

        find = pruning.there if self._up else pruning.here
        if not self._up and not self._top.is_dir():
            return pruning.Found(iter(()))
        return pruning.Found(find(self._wire, self._folder, self._top, self._choice))

    def prune(self, extra: "Found") -> None:
        """Remove it."""
        from waystation_client.files import pruning  # noqa: PLC0415 - imports httpx

        if self._up:
            pruning.remove_there(self._wire, self._folder, extra, self._tally)
        else:
            pruning.remove_here(self._top, extra, self._tally)


def _is_up(source: str, target: str) -> bool:
    """Whether it goes from here into a space.

    Raises:
        MalformedError: both are here, or both in spaces.
    """
    if places.is_one(target) == places.is_one(source):
        raise MalformedError("One of FROM and TO must be SPACE:/PATH, the other a folder here.")
    return places.is_one(target)


def _prune(work: _Sync, target: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove what is only at the target, when somebody agrees; or only tell of it."""
    extra = work.extra()
    if not dry_run:
        if extra.count and (yes or _agreed(extra, target)):
            work.prune(extra)
        return
    for name in extra if not as_json else ():
        listing.say(f"would remove {name}")


def _agreed(extra: "Found", target: str) -> bool:
    """Whether somebody who is shown what goes says yes."""
    for n, name in enumerate(extra):
        if n == _SHOWN:
            listing.note(f"  ... and {extra.count - n:,} more")
            break
        listing.note(f"  {name}")
    return typer.confirm(f"Remove {extra.count:,} from {target}?", default=False, err=True)
