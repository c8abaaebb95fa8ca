"""`way token`: tokens for one job each, good at some paths only."""

from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import durations, moments, session
from waystation_client.commands import arguments
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.access import Place

VERBS = ("read", "list", "create", "modify", "delete", "stage")

app = typer.Typer(help="Tokens for one job each.", no_args_is_help=True)


@app.command("job")
def job(
    *,
    space: Annotated[str, typer.Option("--space", metavar="SPACE", help="Where the paths are.")],
    path: Annotated[
        list[str],
        typer.Option(
            "--path",
            metavar="PATH:VERB,...",
            help=f"A path and what may be done there and below: {', '.join(VERBS)}. Repeatable.",
        ),
    ],
    lifetime: Annotated[str, typer.Option("--for", metavar="12h", help="At most 30d.")] = "12h",
    name: Annotated[str, typer.Option("--name", help="What it is for.")] = "job",
    as_json: arguments.AsJson = False,
) -> None:
    """Make a token for a job and print it; it is not shown again.

    way token job --space lab --path in.dat:read --path out:create,list --for 12h
    """
    places = [_place(space, each) for each in path]
    try:
        seconds = durations.parse(lifetime)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with session.signed_in() as way:
        made = way.access.job_token(name, places, lifetime_s=seconds)
    if as_json:
        listing.document(made)
    else:
        listing.say(made.token)
        listing.note(f"Good until {moments.local(made.expires, session.now())}.")


@app.command("list")
def list_(*, as_json: arguments.AsJson = False) -> None:
    """List your tokens for jobs, newest first."""
    now = session.now()
    with session.signed_in() as way:
        found = way.access.job_tokens()
    if as_json:
        listing.document({"tokens": found})
        return
    listing.rows(
        ("ID", "NAME", "LAST USED", "UNTIL", "FOR"),
        (
            (
                str(t.id),
                t.name,
                moments.local(t.last_used, now) if t.last_used else "never",
                moments.local(t.expires, now),
                "; ".join(f"{p.space}:/{p.path} {','.join(p.verbs)}" for p in t.places),
            )
            for t in found
        ),
        right=("ID",),
    )


@app.command("revoke")
def revoke(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The token's number.")],
) -> None:
    """End a token for a job at once."""
    with session.signed_in() as way:
        way.access.revoke_job_token(number)
    listing.say(f"Token {number} is revoked.")


def _place(space: str, text: str) -> "Place":
    """A path with its verbs; the path may have colons in it.

    Raises:
        typer.BadParameter: no verb, or none that there is.
    """
    path, _, verbs = text.rpartition(":")
    wanted = [verb for verb in verbs.split(",") if verb]
    strange = [verb for verb in wanted if verb not in VERBS]
    if strange or not wanted:
        raise typer.BadParameter(
            f"{text!r}: write a path and verbs, as in out:create,list. Verbs: {', '.join(VERBS)}."
        )
    from waystation_client.access import Place  # noqa: PLC0415 - httpx takes 0.2 s to import

    return Place(space=space, path=path.strip("/"), verbs=wanted)
