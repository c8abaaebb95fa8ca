"""Messages to people from the command line of the operator."""

from typing import Annotated

import typer

from waystation.bootstrap.commands.moments import moment
from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.notices.entities import Draft, Severity
from waystation.kernel.errors import MalformedError

app = typer.Typer(help="What people are told on every page.", no_args_is_help=True)


@app.command("post")
def post(  # noqa: PLR0917 - options of a command
    text: str,
    to: Annotated[str, typer.Option(help="everyone, @GROUP or ACCOUNT.")] = "everyone",
    severity: Annotated[str, typer.Option(help="notice, warning or urgent.")] = "notice",
    since: Annotated[str, typer.Option("--from", help="Shown from then on.")] = "",
    until: Annotated[str, typer.Option(help="Shown until then.")] = "",
    down_from: Annotated[str, typer.Option(help="Beginning of a downtime.")] = "",
    down_until: Annotated[str, typer.Option(help="End of a downtime.")] = "",
    dismissible: Annotated[bool, typer.Option(help="People may put it away.")] = True,  # noqa: FBT002
) -> None:
    """Tell people something; its number is printed."""
    if severity.upper() not in Severity.__members__:
        raise MalformedError(f"{severity!r} is no severity.", advice="notice, warning, urgent.")
    draft = Draft(
        text=text,
        severity=Severity[severity.upper()],
        audience=_audience(to),
        shown_from=moment(since),
        shown_until=moment(until),
        down_from=moment(down_from),
        down_until=moment(down_until),
        dismissible=dismissible,
    )
    with opened("message") as house:
        typer.echo(house.messages.post(OPERATOR, draft).id)


@app.command("list")
def list_() -> None:
    """Name the latest messages."""
    with opened("message") as house:
        for each in house.messages.page(OPERATOR):
            state = "withdrawn" if each.withdrawn else each.severity
            typer.echo(f"{each.id}\t{state}\t{each.audience}\t{each.text}")


@app.command("withdraw")
def withdraw(number: int) -> None:
    """Show a message to nobody any more."""
    with opened("message") as house:
        house.messages.withdraw(OPERATOR, number)


def _audience(to: str) -> str:
    if to == "everyone":
        return to
    return f"group:{to[1:]}" if to.startswith("@") else f"user:{to}"
