"""The acceptable-use policy from the command line of the operator."""

from pathlib import Path
from typing import Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.kernel.errors import MalformedError, NotFoundError

app = typer.Typer(help="The acceptable-use policy.", no_args_is_help=True)


@app.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="Plain text; blank lines part paragraphs.")],
) -> None:
    """Put a new version in force; everybody is asked again at the next page."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise MalformedError(f"{file} cannot be read: {problem}.") from problem
    with opened("policy") as house:
        typer.echo(house.policies.publish(OPERATOR, text))


@app.command("show")
def show() -> None:
    """Print the version in force."""
    with opened("policy") as house:
        found = house.policies.now()
    if found is None:
        raise NotFoundError("There is no policy yet.", advice="waystation policy publish FILE")
    typer.echo(f"Version {found.version}, {found.created:%Y-%m-%d}, by {found.by}\n\n{found.text}")


@app.command("accept-for")
def accept_for(name: str) -> None:
    """Agree for an account that no person signs in with, such as a pilot's."""
    with opened("policy") as house:
        whom = house.accounts.by_name(name)
        if whom is None:
            raise NotFoundError(f"There is no account {name!r}.")
        house.policies.accept_for(OPERATOR, whom)
