"""`way status`: how a request stands."""

from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import exit_codes, moments, session, sizes
from waystation_client.commands import arguments, watching
from waystation_client.commands.list_requests import Which, list_requests
from waystation_client.durations import parse
from waystation_client.screens import listing, request_words

if TYPE_CHECKING:
    from waystation_client.client import Client


def status(
    request_id: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]",
            min=1,
            help="The request's number; without it, all that are not done.",
            autocompletion=arguments.request_ids,
        ),
    ] = None,
    *,
    files: Annotated[bool, typer.Option("--files", help="List its files.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="List the failed ones, and why.")] = (
        False
    ),
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Watch until it ends.")] = False,
    timeout: Annotated[
        str | None, typer.Option(help="With --follow: stop watching after this long (exit 6).")
    ] = None,
    as_json: arguments.AsJson = False,
) -> None:
    """Show how a request stands.

    Lists its files with --files, watches it with --follow.

    The exit code is 1 when the request ended with failed files, was cancelled or expired.
    """
    if request_id is None:
        if files or failed or follow:
            raise typer.BadParameter("Say which request: way status ID ...")
        list_requests(Which.ACTIVE, as_json=as_json)
        return
    try:
        timeout_s = parse(timeout) if timeout else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with session.signed_in() as way:
        if files or failed:
            _print_files(way, request_id, failed=failed, as_json=as_json)
            return
        request = way.request(request_id)
        if follow and not request.ended:
            watching.until_ended(
                way,
                request_id,
                after=request.last_event,
                timeout_s=timeout_s,
                as_json=as_json,
            )
        if as_json:
            listing.document(request)
        else:
            for line in request_words.summary(request, session.now()):
                listing.say(line)
        raise typer.Exit(int(exit_codes.for_state(request.state)))


def _print_files(way: "Client", request_id: int, *, failed: bool, as_json: bool) -> None:
    now = session.now()
    found = way.files(request_id, state="failed" if failed else None, page_size=1000)
    if as_json:
        for file in found:
            listing.document(file)
        return
    listing.rows(
        ("N", "STATE", "SIZE", "TAPE", "HELD UNTIL", "PATH", "WHY"),
        (
            (
                str(file.n),
                file.state,
                "-" if file.bytes is None else sizes.words(file.bytes),
                file.tape or "-",
                moments.local(file.pinned_until, now),
                file.path,
                file.error or "",
            )
            for file in found
        ),
        right=("N", "SIZE"),
    )
