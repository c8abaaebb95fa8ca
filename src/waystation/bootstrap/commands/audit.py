"""The audit trail from the command line of the operator."""

import sys
from typing import Annotated

import msgspec
import typer

from waystation.bootstrap.commands.moments import moment
from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.domains.audit.entities import Head, Wanted
from waystation.kernel.errors import MalformedError

app = typer.Typer(help="The trail of who did what.", no_args_is_help=True)

_SEAL_BYTES = 32


@app.command("verify")
def verify(
    head: Annotated[
        str, typer.Option(help="A head that you kept, N:HEX; it must still be in the chain.")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002
) -> None:
    """Look whether any entry was changed or taken away; ends with 1 when one was."""
    with opened("audit") as house:
        found = house.audit.verify(_head(head) if head else None)
    if json:
        told = {
            "entries": found.entries,
            "unsealed": found.loose,
            "broken": found.broken,
            "head": found.head.text,
        }
        typer.echo(msgspec.json.encode(told).decode())
    else:
        for each in found.broken:
            typer.secho(each, fg="red")
        verdict = "BROKEN" if found.broken else "whole"
        typer.echo(f"{found.entries} sealed entries, {found.loose} not sealed yet: {verdict}.")
        typer.echo(f"Head: {found.head.text}")
    if found.broken:
        raise typer.Exit(1)


@app.command("export")
def export(  # noqa: PLR0917 - options of a command
    since: Annotated[str, typer.Option("--from", help="2026-11-01, or with a time.")] = "",
    until: Annotated[str, typer.Option("--to", help="Before then.")] = "",
    who: Annotated[str, typer.Option(help="Only of this account.")] = "",
    act: Annotated[str, typer.Option(help="file.put, or a family: file.")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="A table, not JSON lines.")] = False,  # noqa: FBT002
    json: Annotated[bool, typer.Option("--json", help="JSON lines, as without it.")] = False,  # noqa: FBT002
) -> None:
    """Write entries to standard output, oldest first."""
    if csv and json:
        raise MalformedError("Choose --csv or --json.")
    wanted = Wanted(actor=who, act=act, since=moment(since), until=moment(until))
    with opened("audit") as house:
        from waystation.interfaces.trails import lines

        for line in lines(house.audit.export(OPERATOR, wanted), "csv" if csv else "jsonl"):
            sys.stdout.buffer.write(line)


def _head(text: str) -> Head:
    number, _, seal = text.partition(":")
    try:
        found = Head(int(number), bytes.fromhex(seal))
    except ValueError as problem:
        raise MalformedError(f"{text!r} is no head.", advice="N:HEX, as printed.") from problem
    if len(found.seal) != _SEAL_BYTES:
        raise MalformedError(f"{text!r} is no head.", advice="N:HEX, as printed.")
    return found
