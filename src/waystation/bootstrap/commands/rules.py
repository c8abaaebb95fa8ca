"""Replication rules from the command line of the operator."""

from datetime import timedelta
from typing import Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.transfers.entities import RuleInfo
from waystation.domains.transfers.views import EstimateView
from waystation.kernel import sizes
from waystation.kernel.errors import MalformedError, NotFoundError

DAY_S = 86_400
app = typer.Typer(help="Replication rules: what of a space goes where.", no_args_is_help=True)


@app.command("add")
def add(  # noqa: PLR0917 - options of a command
    name: str,
    space: Annotated[str, typer.Option(help="Files of this space.")],
    to: Annotated[list[str], typer.Option(help="PARTNER, or PARTNER:SPACE; may be repeated.")],
    owner: Annotated[str, typer.Option(help="Account whose rights it has in the space.")],
    prefix: Annotated[str, typer.Option(help="Only what is below this folder.")] = "",
    pattern: Annotated[str, typer.Option(help="Only names that fit: '*.fits'.")] = "",
    target_prefix: Annotated[str, typer.Option(help="Below this folder there.")] = "",
    copies: Annotated[int, typer.Option(help="How many of the partners get each file.")] = 0,
    priority: Annotated[int, typer.Option(help="0 to 9; larger goes first.")] = 5,
    min_age_s: Annotated[int, typer.Option(help="Seconds that a file must be unchanged.")] = 0,
    daily: Annotated[str, typer.Option(help="Most bytes of one day: 2T; - is no limit.")] = "-",
    window: Annotated[
        list[str] | None, typer.Option(help="Hours: 20:00-06:00; may be repeated.")
    ] = None,
    delete_after: Annotated[
        float | None,
        typer.Option(
            help="Days after which files go from here, once --copies partners have them."
        ),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would send, and how long.")
    ] = False,
) -> None:
    """Make a rule; it works from now on, also for what is there already."""
    partners, spaces = zip(*[_target(each, space) for each in to], strict=True)
    if len(set(spaces)) > 1:
        raise MalformedError("A rule has one space there.", advice="Make a rule for each.")
    with opened("rule") as house:
        who = house.accounts.by_name(owner)
        if who is None:
            raise NotFoundError(f"There is no account {owner!r}.")
        rule = RuleInfo(
            name=name,
            owner_id=who.user_id,
            space=space,
            target_space=spaces[0],
            partners=partners,
            prefix=prefix.strip("/"),
            pattern=pattern,
            target_prefix=target_prefix.strip("/"),
            copies=copies or len(partners),
            priority=priority,
            min_age_s=min_age_s,
            daily_bytes=sizes.count(daily),
            windows=tuple(window or ()),
            delete_after_s=None if delete_after is None else int(delete_after * DAY_S),
        )
        if dry_run:
            _say(house.transfers.estimate(OPERATOR, rule))
        else:
            house.transfers.rule(OPERATOR, rule)


@app.command("try")
def try_(name: str) -> None:
    """Say what a rule has still to send, and about how long that takes; nothing is changed."""
    with opened("rule") as house:
        _say(house.transfers.estimate_of(OPERATOR, name))


def _say(found: EstimateView) -> None:
    for part in found.parts:
        takes = "unknown" if part.seconds is None else str(timedelta(seconds=part.seconds))
        typer.echo(f"{part.partner}\t{part.files:,} files\t{part.bytes:,} bytes\t{takes}")
        if part.words:
            typer.echo(f"  {part.words}")
    if found.shed is not None:
        typer.echo(found.shed.words)
    if not found.complete:
        typer.echo("There are more files than were looked at: this is the least.")


@app.command("list")
def list_() -> None:
    """Name the rules."""
    with opened("rule") as house:
        for each in house.transfers.rules(OPERATOR):
            state = "on" if each.enabled else "off"
            where = f"{each.space}:/{each.prefix} -> {','.join(each.partners)}:{each.target_space}"
            typer.echo(f"{each.name}\t{state}\t{where}")


@app.command("on")
def on(name: str) -> None:
    """Let a rule work."""
    with opened("rule") as house:
        house.transfers.switch_rule(OPERATOR, name, on=True)


@app.command("off")
def off(name: str) -> None:
    """Let a rule rest; what is on its way arrives."""
    with opened("rule") as house:
        house.transfers.switch_rule(OPERATOR, name, on=False)


@app.command("drop")
def drop(name: str) -> None:
    """A rule goes; what it sent stays where it is."""
    with opened("rule") as house:
        house.transfers.drop_rule(OPERATOR, name)


def _target(text: str, space: str) -> tuple[str, str]:
    partner, _, there = text.partition(":")
    return partner, there or space
