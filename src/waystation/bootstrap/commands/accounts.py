"""Accounts from the command line."""

from datetime import timedelta
from typing import Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.accounts.entities import IdentityKind, Scope
from waystation.kernel.errors import NotFoundError

app = typer.Typer(help="Accounts and their tokens.", no_args_is_help=True)


@app.command("add")
def add(
    name: str,
    *,
    admin: Annotated[bool, typer.Option("--admin", help="May see and change everything.")] = False,
    with_token: Annotated[
        bool, typer.Option("--token", help="Print a token too, on a second line.")
    ] = False,
) -> None:
    """Make an account, or give it a new password; the password is printed once."""
    from waystation.bootstrap import ready

    typer.echo(ready.add_user(name, admin=admin))
    if with_token:
        typer.echo(make_token(name, label="command line", days=365))


@app.command("token")
def token(
    name: str,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int, typer.Option(help="How long it lasts; 0 is without end.")] = 365,
) -> None:
    """Make a token for an account; it is printed once."""
    typer.echo(make_token(name, label=label, days=days))


@app.command("suspend")
def suspend(
    name: str, why: Annotated[str, typer.Option(help="The reason; kept in the audit trail.")]
) -> None:
    """Close an account at once: sessions, tokens, certificates, and what it has under way."""
    with opened("suspend") as house:
        house.accounts.suspend(OPERATOR, name, why=why)


@app.command("resume")
def resume(name: str) -> None:
    """Open a suspended account again."""
    with opened("resume") as house:
        house.accounts.resume(OPERATOR, name)


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
    with opened("dn") as built:
        from waystation.interfaces.grid.names import canonical

        if subject is not None and remove:
            built.accounts.unbind(name, canonical(subject))
        elif subject is not None:
            built.accounts.bind(name, canonical(subject))
        for each in built.accounts.subjects(name):
            typer.echo(each)


@app.command("sub")
def sub(
    name: str,
    issuer: Annotated[str, typer.Argument(help="As in `iss`, to the letter.")],
    subject: Annotated[str, typer.Argument(metavar="SUB", help="As in `sub`.")],
    remove: Annotated[bool, typer.Option(help="Take it from the account.")] = False,  # noqa: FBT002
) -> None:
    """Say whose tokens (JWT) of an issuer are an account's."""
    change = f"{issuer} {subject}", IdentityKind.JWT
    with opened("sub") as house:
        if remove:
            house.accounts.unbind(name, *change)
        else:
            house.accounts.bind(name, *change)


def make_token(name: str, *, label: str, days: int) -> str:
    """A token for reading and staging."""
    with opened("token") as built:
        grant = built.accounts.by_name(name)
        if grant is None:
            raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
        lifetime = timedelta(days=days) if days else None
        return built.accounts.new_token(
            grant, name=label, scopes=frozenset(Scope), lifetime=lifetime
        )
