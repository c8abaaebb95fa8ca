"""Taking over from what was there before."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from waystation.bootstrap.django_start import start_django
from waystation.bootstrap.legacy import as_toml
from waystation.kernel.errors import MalformedError, NotFoundError
from waystation.settings import current

if TYPE_CHECKING:
    from waystation.bootstrap.ltfsee_list import Tally

app = typer.Typer(help="Take over from other systems.", no_args_is_help=True)


@app.command("environment")
def environment(
    file: Annotated[Path, typer.Argument(help="The old `.env` or environment file.", exists=True)],
) -> None:
    """Say an environment file of mwa_staging or ltfsee_globus in our settings (on the terminal).

    It has passwords in it: send it to a file that only the service can read.
    """
    typer.echo(as_toml(file.read_text()), nl=False)


@app.command("mwa-staging")
def mwa_staging(
    dsn: Annotated[str, typer.Argument(help="postgresql://user:password@host/name")],
) -> None:
    """Take over the open jobs of a mwa_staging database, which is only read.

    Run it as often as you like; once more after the old daemons were stopped.
    """
    settings = current()
    if not settings.dialects.mwa_staging.listen:
        raise MalformedError(
            "MWA's staging daemon is not spoken here.", advice="Set dialects.mwa_staging.listen."
        )
    start_django()
    from waystation.bootstrap import dialects, house  # noqa: PLC0415 - needs Django's models to be ready
    from waystation.bootstrap.legacy_jobs import take_over  # noqa: PLC0415

    built = house.services(settings, "import")
    try:
        done = take_over(built, dialects.mwa_staging(settings), dsn)
    finally:
        built.database.close()
    typer.echo(f"{done.jobs} jobs with {done.files} files taken over, {done.known} known already.")
    if done.empty:
        typer.echo(f"{done.empty} jobs had no files.")
    for job_id, words in done.refused:
        typer.secho(f"job {job_id}: {words}", err=True, fg="red")
    if done.refused:
        raise typer.Exit(1)


@app.command("ltfsee-list")
def ltfsee_list(
    store: Annotated[str, typer.Argument(help="Name of the store that the files are in.")],
    file: Annotated[Path, typer.Argument(help="The list.", exists=True, dir_okay=False)],
    *,
    dataset: Annotated[
        str, typer.Option(help="Name of the dataset; the list's own when left out.")
    ] = "",
    account: Annotated[str, typer.Option(help="Whose it is: an administrator.")] = "admin",
    stage: Annotated[
        bool, typer.Option("--stage", help="Also ask for the files, as that account.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and tell; nothing is changed.")
    ] = False,
) -> None:
    """Take over a list of files of an LTFSEE: plain paths, or lines that end in `-- /path`.

    Lists of more than 100,000 files become datasets NAME, NAME.2 and so on. Run it as often as you
    like. Status 0 when every line was taken, 1 when some were not (the first are named).
    """
    settings = current()
    if store not in settings.stores:
        known = ", ".join(settings.stores) or "none"
        raise NotFoundError(f"There is no store {store!r}.", advice=f"Stores: {known}.")
    start_django()
    from waystation.bootstrap import house  # noqa: PLC0415 - needs Django's models to be ready
    from waystation.bootstrap.ltfsee_list import Taker, Tally, parts  # noqa: PLC0415

    done, name, root = Tally(), dataset or file.stem, str(settings.stores[store].root)
    built = None if dry_run else house.services(settings, "import")
    try:
        taker = Taker(built, account, store) if built else None
        bar = Progress(console=Console(stderr=True), transient=True)
        with bar, file.open("rb") as opened:
            task = bar.add_task(file.name, total=file.stat().st_size)
            read = parts(opened, root, done, lambda at: bar.update(task, completed=at))
            for number, paths in enumerate(read, 1):
                part = name if number == 1 else f"{name}.{number}"
                if taker is not None:
                    taker.define(part, paths, done)
                    if stage:
                        taker.stage(part, paths, done)
    finally:
        if built is not None:
            built.database.close()
    _tell_of_list(done, store, dry_run=dry_run)
    if done.wrong:
        raise typer.Exit(1)


def _tell_of_list(done: "Tally", store: str, *, dry_run: bool) -> None:
    states = [f"{count:,} {state or 'without a state'}" for state, count in done.states.items()]
    told = f" ({', '.join(sorted(states))}; {len(done.tapes):,} cartridges)" if states else ""
    typer.echo(f"{done.files:,} files of store {store}{told}.")
    if done.doubled:
        typer.echo(f"{done.doubled:,} lines name a file again.")
    for name, made in done.datasets:
        typer.echo(f"dataset {name}: {'new' if made else 'as before, written again'}")
    for number, made in done.requests:
        typer.echo(f"request {number}: {'new' if made else 'was asked for before'}")
    if dry_run:
        typer.echo("Nothing was changed.")
    if done.wrong:
        typer.secho(f"{done.wrong:,} lines are no file of this store:", err=True, fg="red")
        for words in done.named:
            typer.echo(f"  {words}", err=True)
        if done.wrong > len(done.named):
            typer.echo(f"  and {done.wrong - len(done.named):,} more", err=True)
