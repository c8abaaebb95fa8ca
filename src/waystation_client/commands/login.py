"""`way login`: keep a server's address and a token for later commands."""

import os
import sys
from typing import Annotated
from urllib.parse import urlsplit

import typer

from waystation_client import configuration
from waystation_client.screens import listing

_HERE = {"localhost", "127.0.0.1", "::1"}


def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server, with its scheme.")],
    *,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Read the token from standard input.")
    ] = False,
) -> None:
    """Keep a server's address and your token.

    Both are tried first. Make a token on the server's page "Tokens"; it is never given
    on the command line.
    """
    from waystation_client.client import Client  # noqa: PLC0415 - httpx takes 0.2 s to import

    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _HERE:
        listing.note("Careful: without https others on the way can read the token.")
    if token_stdin or not sys.stdin.isatty():
        token = sys.stdin.readline().strip()
    else:
        token = typer.prompt(f"Token (from {url.rstrip('/')}/tokens)", hide_input=True).strip()
    if not token:
        raise typer.BadParameter("No token was given.")
    with Client(url, token) as way:
        me = way.whoami()
    path = configuration.save(configuration.Connection(url.rstrip("/"), token), os.environ)
    listing.say(f"Signed in as {me.name}. Kept in {path}, readable by you alone.")
