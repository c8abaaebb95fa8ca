"""Accounts from the command line."""

from datetime import timedelta
from typing import Annotated

import typer

from waystation.bootstrap import ready
from waystation.bootstrap.django_start import start_django
from waystation.domains.accounts.entities import Scope
from waystation.kernel.errors import NotFoundError
from waystation.settings import current

app = typer.Typer(help="Accounts and their tokens.", no_args_is_help=True)


@app.command("add")
def add(
    name: str,
    admin: Annotated[bool, typer.Option(help="May see and change everything.")] = False,  # noqa: FBT002
) -> None:
    """Make an account, or give it a new password; the password is printed once."""
    typer.echo(ready.add_user(name, admin=admin))


@app.command("token")
def token(
    name: str,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int, typer.Option(help="How long it lasts; 0 is without end.")] = 365,
) -> None:
    """Make a token for an account; it is printed once."""
    typer.echo(make_token(name, label=label, days=days))


@app.command("dn")
def dn(
    name: str,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="DN", help="/DC=org/CN=Ana or CN=Ana,DC=org; none lists them."),
    ] = None,
    remove: Annotated[bool, typer.Option(help="Take it from the account.")] = False,  # noqa: FBT002
) -> None:
    """Say which certificates are an account's: their subject, on the grid port."""
    start_django()
    from waystation.bootstrap import house  # noqa: PLC0415 - needs Django's models to be ready
    from waystation.interfaces.grid.names import canonical  # noqa: PLC0415

    built = house.services(current(), "dn")
    try:
        if subject is not None and remove:
            built.accounts.unbind(name, canonical(subject))
        elif subject is not None:
            built.accounts.bind(name, canonical(subject))
        for each in built.accounts.subjects(name):
            typer.echo(each)
    finally:
        built.database.close()


def make_token(name: str, *, label: str, days: int) -> str:
    """A token for reading and staging."""
    start_django()
    from waystation.bootstrap import house  # noqa: PLC0415 - needs Django's models to be ready
    from waystation.domains.accounts.models import User  # noqa: PLC0415

    built = house.services(current(), "token")
    try:
        user = User.objects.filter(username=name).first()
        grant = built.accounts.by_id(user.pk) if user else None
        if grant is None:
            raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
        lifetime = timedelta(days=days) if days else None
        return built.accounts.new_token(
            grant, name=label, scopes=frozenset(Scope), lifetime=lifetime
        )
    finally:
        built.database.close()
