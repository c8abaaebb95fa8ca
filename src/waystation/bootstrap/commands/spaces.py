"""Spaces from the command line of the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from waystation.bootstrap.django_start import start_django
from waystation.domains.accounts.entities import ALL_SCOPES, Grant
from waystation.domains.hosting.entities import ANYONE, SIGNED_IN, Role
from waystation.domains.quotas.entities import Limits
from waystation.interfaces.services import Services
from waystation.kernel.errors import MalformedError, NotFoundError
from waystation.settings import current

app = typer.Typer(help="Spaces: trees of files that people keep together.", no_args_is_help=True)

OPERATOR = Grant(0, "the operator", admin=True, groups=frozenset(), scopes=ALL_SCOPES)
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}


@app.command("add")
def add(  # noqa: PLR0917 - options of a command
    name: str,
    owner: Annotated[str, typer.Option(help="Account that owns it, and pays.")],
    store: Annotated[str, typer.Option(help="Store that its bytes are in.")] = "",
    kind: Annotated[str, typer.Option(help="user, group or project.")] = "project",
    title: Annotated[str, typer.Option(help="For people.")] = "",
    durable: Annotated[  # noqa: FBT002
        bool, typer.Option(help="Wait for the disk itself before a file is acknowledged.")
    ] = True,
    trash_days: Annotated[int, typer.Option(help="How long deleted files are kept.")] = 30,
) -> None:
    """Make a space."""
    with _house() as house:
        made = house.hosting.spaces.new(
            OPERATOR,
            name=name,
            where=house.catalogue.store(OPERATOR, store or _on_disk(house)),
            kind=kind,
            title=title,
            owner=_account(house, owner).user_id,
            durable=durable,
            trash_days=trash_days,
        )
        typer.echo(made.base)


@app.command("list")
def list_() -> None:
    """Name every space and where it is."""
    with _house() as house:
        for each in house.hosting.spaces.mine(OPERATOR):
            typer.echo(f"{each.space.name}\t{each.space.kind}\t{each.space.base}")


@app.command("role")
def role(
    name: str,
    who: Annotated[str, typer.Argument(help="ACCOUNT, @GROUP, signed-in or anyone.")],
    may: Annotated[str, typer.Argument(help="none, reader, writer, manager or owner.")],
) -> None:
    """Say what somebody may do in a space."""
    if may.upper() not in Role.__members__:
        raise MalformedError(
            f"{may!r} is no role.", advice="none, reader, writer, manager, owner."
        )
    with _house() as house:
        house.hosting.spaces.give(OPERATOR, name, _principal(house, who), Role[may.upper()])


@app.command("explain")
def explain(name: str, account: str) -> None:
    """Say why an account can or cannot do things in a space."""
    with _house() as house:
        for line in house.hosting.spaces.explain(OPERATOR, _account(house, account), name):
            typer.echo(line)


@app.command("quota")
def quota(
    subject: Annotated[str, typer.Argument(help="SPACE, or an account as user:NAME.")],
    size: Annotated[str, typer.Option("--bytes", help="Most bytes: 500G; - is no limit.")] = "-",
    files: Annotated[str, typer.Option(help="Most files; - is no limit.")] = "-",
    soft: Annotated[str, typer.Option(help="Bytes that may be passed for the grace.")] = "-",
    grace_days: Annotated[float, typer.Option(help="Days of grace.")] = 7.0,
) -> None:
    """Set limits of a space or of an account over all its spaces."""
    limits = Limits(_number(size), _number(soft), _number(files), None, int(grace_days * 86_400))
    with _house() as house:
        kind, _, account = subject.partition(":")
        if kind == "user" and account:
            key = f"user:{_account(house, account).user_id}"
        else:
            key = f"space:{house.hosting.spaces.need(OPERATOR, subject, Role.OWNER).id}"
        house.hosting.quotas.limit(key, limits, now=house.clock.now())


@contextmanager
def _house() -> Iterator[Services]:
    start_django()
    from waystation.bootstrap import house  # noqa: PLC0415 - needs Django's models to be ready

    built = house.services(current(), "space")
    try:
        yield built
    finally:
        built.database.close()


def _on_disk(house: Services) -> str:
    """Name of the only store that is on disk only; empty when there is none, or several."""
    found = [each.name for each in house.catalogue.stores(OPERATOR) if not each.backend]
    return found[0] if len(found) == 1 else ""


def _account(house: Services, name: str) -> Grant:
    found = house.accounts.by_name(name)
    if found is None:
        raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
    return found


def _principal(house: Services, who: str) -> str:
    if who in {ANYONE, SIGNED_IN}:
        return who
    return f"group:{who[1:]}" if who.startswith("@") else f"user:{_account(house, who).user_id}"


def _number(text: str) -> int | None:
    """A number with a decimal unit (k, M, G, T, P)."""
    if text == "-":
        return None
    number, unit = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    if not number.replace(".", "", 1).isdigit() or unit not in _UNITS:
        raise MalformedError(f"{text!r} is no size.", advice="500G, 1.5T, 1000000.")
    return int(float(number) * _UNITS[unit])
