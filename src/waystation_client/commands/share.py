"""`way share`: links to files and folders for people without an account."""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from waystation_client import durations, moments, session
from waystation_client.commands import arguments
from waystation_client.screens import listing

PASSWORD_VARIABLE = "WAY_SHARE_PASSWORD"  # noqa: S105 - the name of a variable
_FOREVER = "never"

Target = Annotated[
    str,
    typer.Argument(metavar="SPACE:/PATH", help="A file or folder of a space that you manage."),
]
SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help="A space that you manage.")]


class _MakeUnlessSaid(TyperGroup):
    """`way share SPACE:/PATH` is `way share make SPACE:/PATH`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        asked = args[0] if args else "--help"
        if asked not in self.commands and asked not in ctx.help_option_names:
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeUnlessSaid,
    help="Share files and folders by links, with people who have no account.",
    no_args_is_help=True,
)


@app.command("make")
def make(
    target: Target,
    *,
    expires: Annotated[
        str, typer.Option("--expires", metavar="7d", help="How long it is good, or never.")
    ] = "7d",
    password: Annotated[
        bool,
        typer.Option("--password", help=f"Ask for one, or take it from {PASSWORD_VARIABLE}."),
    ] = False,
    drop_box: Annotated[
        bool, typer.Option("--drop-box", help="Visitors only put files in.")
    ] = False,
    downloads: Annotated[
        int | None, typer.Option("--downloads", min=1, help="At most so many whole files.")
    ] = None,
    label: Annotated[str, typer.Option("--label", help="What for; the visitor reads it.")] = "",
    as_json: arguments.AsJson = False,
) -> None:
    """Make a link and print it."""
    space, path = arguments.in_space(target)
    secret = _password() if password else ""
    lifetime_s = None if expires == _FOREVER else _seconds(expires)
    with session.signed_in() as way:
        made = way.access.share(
            space,
            path,
            label=label,
            lifetime_s=lifetime_s,
            password=secret,
            drop_box=drop_box,
            downloads=downloads,
        )
    if as_json:
        listing.document(made)
        return
    listing.say(made.url)
    guest = "-u guest " if made.password else ""
    if made.drop_box:
        listing.note(f"To put a file in: curl -f {guest}-T FILE {made.url}/files/")
    else:
        listing.note(f"To fetch a file: curl -f {guest}-OJ {made.url}/files/FILE")


@app.command("list")
def list_(space: SpaceName, *, as_json: arguments.AsJson = False) -> None:
    """List the links of a space, newest first."""
    now = session.now()
    with session.signed_in() as way:
        if as_json:
            listing.document({"shares": list(way.access.shares(space))})
            return
        listing.rows(
            ("ID", "KIND", "USES", "UNTIL", "BY", "PATH", "LABEL", "LINK"),
            (
                (
                    str(s.id),
                    "drop box" if s.drop_box else "download",
                    str(s.uses) if s.downloads is None else f"{s.uses}/{s.downloads}",
                    "ended" if s.ended else moments.local(s.expires, now),
                    s.made_by,
                    f"{s.space}:/{s.path}" if s.path is not None else "(deleted)",
                    s.label,
                    s.url,
                )
                for s in way.access.shares(space)
            ),
            right=("ID", "USES"),
        )


@app.command("revoke")
def revoke(
    space: SpaceName,
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The link's number.")],
) -> None:
    """End a link at once."""
    with session.signed_in() as way:
        way.access.revoke_share(space, number)
    listing.say(f"Link {number} is revoked.")


@app.command("sign")
def sign(
    target: Target,
    *,
    expires: Annotated[str, typer.Option("--for", metavar="1h", help="At most 7d.")] = "1h",
    upload: Annotated[
        bool, typer.Option("--upload", help="To put the file, not fetch it.")
    ] = False,
    network: Annotated[
        str, typer.Option("--from", metavar="192.0.2.0/24", help="Good from there only.")
    ] = "",
    as_json: arguments.AsJson = False,
) -> None:
    """Print an address by which anybody can fetch one file for a while."""
    space, path = arguments.in_space(target)
    with session.signed_in() as way:
        made = way.access.sign(
            space,
            path,
            verb="PUT" if upload else "GET",
            lifetime_s=_seconds(expires),
            network=network,
        )
    if as_json:
        listing.document(made)
    else:
        listing.say(made.url)


def _seconds(text: str) -> int:
    try:
        return durations.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _password() -> str:
    given = os.environ.get(PASSWORD_VARIABLE, "")
    if given or not sys.stdin.isatty():
        if not given:
            raise typer.BadParameter(f"Nobody is there to ask: set {PASSWORD_VARIABLE}.")
        return given
    return str(typer.prompt("Password of the link", hide_input=True, confirmation_prompt=True))
