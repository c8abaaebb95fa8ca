"""`way explain`: why somebody can or cannot do things in a space."""

from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from waystation_client import session
from waystation_client.screens import listing


def explain(
    space: Annotated[str, typer.Argument(help="A space that you manage.")],
    account: Annotated[str, typer.Argument(help="Who can, or cannot.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Say why an account can or cannot do things in a space that you manage."""
    query = urlencode({"account": account})
    with session.spaces() as wire:
        path = f"/api/v1/spaces/{quote(space, safe='')}/explain?{query}"
        found = wire.call("GET", path).json()
    if as_json:
        listing.document(found)
        return
    for line in found["lines"]:
        listing.say(line)
