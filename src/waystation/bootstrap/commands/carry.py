"""Shipments on disks that somebody carries, from the command line of the operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation.bootstrap.commands.opened import OPERATOR, opened
from waystation.kernel import sizes
from waystation.kernel.errors import NotFoundError

if TYPE_CHECKING:
    from waystation.bootstrap.carrying import Carrier

app = typer.Typer(
    help="Shipments on disks that somebody carries to a partner.", no_args_is_help=True
)
Disk = Annotated[Path, typer.Argument(help="Where the disk is mounted.")]


@app.command("export")
def export(
    rule: Annotated[str, typer.Argument(help="Whose files: see `waystation rule list`.")],
    partner: Annotated[str, typer.Option(help="Where they go: a destination of the rule.")],
    to: Annotated[Path, typer.Option(help="Where the disk is mounted.")],
    most: Annotated[str, typer.Option("--max", help="Most bytes of it: 8T; - is all.")] = "-",
) -> None:
    """Put what a rule has for a partner on a disk. Killed or full, it is run again."""
    with _carrier(to) as carrier:
        files = carrier.export(rule, partner, to, most=sizes.count(most))
    typer.echo(f"{files:,} files are on {to}. There: waystation carry import {to}")


@app.command("import")
def import_(source: Disk) -> None:
    """Take in what is on a disk, and leave receipts on it. Killed, it is run again."""
    with _carrier(source) as carrier:
        done = carrier.take_in(source)
    typer.echo(f"{done:,} shipments are taken in. If no line tells their sender, the disk does.")


@app.command("receipt")
def receipt(source: Disk) -> None:
    """Hear from a disk that came back what landed; only where no line tells it."""
    with _carrier(source) as carrier:
        done = carrier.receipts(source)
    typer.echo(f"{done:,} receipts are read.")


@contextmanager
def _carrier(disk: Path) -> Iterator["Carrier"]:
    if not disk.is_dir():
        raise NotFoundError(f"There is no folder {disk}.", advice="Is the disk mounted?")
    with opened("carry") as house:
        from waystation.bootstrap import sites
        from waystation.bootstrap.carrying import Carrier
        from waystation.settings import current

        yield Carrier(house, OPERATOR, sites.desk(current(), house), typer.echo)
