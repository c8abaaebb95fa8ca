"""Spaces from the command line of the operator."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.accounts.entities import Grant
from waystation.domains.hosting.entities import ANYONE, SIGNED_IN, Adopted, Role
from waystation.domains.quotas.entities import Limits
from waystation.kernel import sizes
from waystation.kernel.errors import MalformedError, NotFoundError

if TYPE_CHECKING:
    from waystation.interfaces.services import Services

app = typer.Typer(help="Spaces: trees of files that people keep together.", no_args_is_help=True)


@app.command("add")
def add(  # noqa: PLR0917 - options of a command
    name: str,
    owner: Annotated[str, typer.Option(help="Account that owns it, and pays.")],
    store: Annotated[str, typer.Option(help="Store that its bytes are in.")] = "",
    folder: Annotated[str, typer.Option(help="Below the store's root; else its name.")] = "",
    kind: Annotated[str, typer.Option(help="user, group or project.")] = "project",
    title: Annotated[str, typer.Option(help="For people.")] = "",
    durable: Annotated[  # noqa: FBT002
        bool, typer.Option(help="Wait for the disk itself before a file is acknowledged.")
    ] = True,
    trash_days: Annotated[int, typer.Option(help="How long deleted files are kept.")] = 30,
) -> None:
    """Make a space."""
    with opened("space") as house:
        made = house.hosting.spaces.new(
            OPERATOR,
            name=name,
            where=house.catalogue.store(OPERATOR, store or _on_disk(house)),
            folder=folder,
            kind=kind,
            title=title,
            owner=_account(house, owner).user_id,
            durable=durable,
            trash_days=trash_days,
        )
        typer.echo(made.base)


@app.command("adopt")
def adopt(name: str) -> None:
    """Take in what is in the folder of a space already; can be run again at any time."""
    with opened("space") as house:
        last = Adopted()
        for last in house.hosting.adopting.adopt(OPERATOR, name):
            if sys.stderr.isatty():
                typer.echo(f"\r{last.files:,} files, {last.folders:,} folders", err=True, nl=False)
        for words in last.refused[:20]:
            typer.echo(words, err=True)
        typer.echo(
            f"{last.files:,} files ({last.bytes:,} bytes) and {last.folders:,} folders are new; "
            f"{last.young:,} that changed in the last minute are left for the next time, "
            f"{last.refusals:,} have names that cannot be."
        )


@app.command("damaged")
def damaged() -> None:
    """Name files whose bytes are not what was stored; exit 1 when there are any."""
    with opened("space") as house:
        found = house.hosting.caring.all_damaged(OPERATOR)
        for each in found:
            typer.echo(f"{each.space}\t{each.path}\t{each.at:%Y-%m-%d}\t{each.words}")
        done = house.hosting.caring.scrubbed()
        if done is not None and done.began is not None:
            typer.echo(
                f"{done.files:,} files ({done.bytes:,} bytes) were read since "
                f"{done.began:%Y-%m-%d %H:%M}.",
                err=True,
            )
    if found:
        raise typer.Exit(1)


@app.command("list")
def list_() -> None:
    """Name every space and where it is."""
    with opened("space") as house:
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
    with opened("space") as house:
        house.hosting.spaces.give(OPERATOR, name, _principal(house, who), Role[may.upper()])


@app.command("explain")
def explain(name: str, account: str) -> None:
    """Say why an account can or cannot do things in a space."""
    with opened("space") as house:
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
    hard, lower, most = (sizes.count(text) for text in (size, soft, files))
    limits = Limits(hard, lower, most, None, int(grace_days * 86_400))
    with opened("space") as house:
        kind, _, account = subject.partition(":")
        if kind == "user" and account:
            key = f"user:{_account(house, account).user_id}"
        else:
            key = f"space:{house.hosting.spaces.need(OPERATOR, subject, Role.OWNER).id}"
        house.hosting.quotas.limit(key, limits, now=house.clock.now())


@app.command("retain")
def retain(
    name: str,
    keep_days: Annotated[
        int, typer.Option(help="Nobody may delete or replace a file before; 0 is no rule.")
    ] = 0,
    delete_days: Annotated[
        int, typer.Option(help="Files go to the trash by themselves after; 0 is never.")
    ] = 0,
) -> None:
    """Say how long a space keeps files, counted from when they were stored."""
    with opened("space") as house:
        house.hosting.terms.retain(OPERATOR, name, keep_days=keep_days, delete_days=delete_days)


@app.command("hold")
def hold(
    name: str,
    why: Annotated[str, typer.Option(help="For the audit trail.")],
    path: Annotated[str, typer.Argument(help="Folder or file; / is the whole space.")] = "/",
) -> None:
    """Hold a place as it is: nothing there goes, by anybody, until the hold is lifted."""
    with opened("space") as house:
        typer.echo(house.hosting.terms.hold(OPERATOR, name, path, why).id)


@app.command("holds")
def holds(name: str) -> None:
    """Name the holds of a space: number, place, since when, by whom, why."""
    with opened("space") as house:
        for each in house.hosting.terms.holds(OPERATOR, name):
            typer.echo(f"{each.id}\t/{each.path}\t{each.at:%Y-%m-%d}\t{each.by}\t{each.why}")


@app.command("lift")
def lift(
    name: str,
    number: Annotated[int, typer.Argument(help="As `waystation space holds` says it.")],
    why: Annotated[str, typer.Option(help="For the audit trail.")],
) -> None:
    """End a hold."""
    with opened("space") as house:
        house.hosting.terms.lift(OPERATOR, name, number, why)


def _on_disk(house: "Services") -> str:
    """Name of the only store that is on disk only; empty when there is none, or several."""
    found = [each.name for each in house.catalogue.stores(OPERATOR) if not each.backend]
    return found[0] if len(found) == 1 else ""


def _account(house: "Services", name: str) -> Grant:
    found = house.accounts.by_name(name)
    if found is None:
        raise NotFoundError(f"There is no account {name!r}.", advice="waystation user add")
    return found


def _principal(house: "Services", who: str) -> str:
    if who in {ANYONE, SIGNED_IN}:
        return who
    return f"group:{who[1:]}" if who.startswith("@") else f"user:{_account(house, who).user_id}"
