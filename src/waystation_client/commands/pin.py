"""`way pin`: hold a request's files longer."""

from typing import Annotated

import typer

from waystation_client import durations, session
from waystation_client.commands import arguments
from waystation_client.screens import listing, request_words


def pin(
    request_id: arguments.RequestId,
    lifetime: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="From now on: 7d, 36h, 1w2d.")
    ],
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """Hold a request's files on disk longer."""
    try:
        lifetime_s = durations.parse(lifetime)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with session.signed_in() as way:
        request = way.extend(request_id, lifetime_s)
    if as_json:
        listing.document(request)
        return
    held = durations.words(lifetime_s)
    listing.say(f"{request_words.title(request)}: held for {held} from now.")
