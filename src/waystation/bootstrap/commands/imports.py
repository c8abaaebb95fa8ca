"""Taking over from what was there before."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waystation.bootstrap.commands.opened import opened
from waystation.kernel.errors import MalformedError, NotFoundError

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
    from waystation.bootstrap.legacy import as_toml

    typer.echo(as_toml(file.read_text()), nl=False)


@app.command("mwa-staging")
def mwa_staging(
    dsn: Annotated[str, typer.Argument(help="postgresql://user:password@host/name")],
) -> None:
    """Take over the open jobs of a mwa_staging database, which is only read.

    Run it as often as you like; once more after the old daemons were stopped.
    """
    from waystation.settings import current

    settings = current()
    if not settings.dialects.mwa_staging.listen:
        raise MalformedError(
            "MWA's staging daemon is not spoken here.", advice="Set dialects.mwa_staging.listen."
        )
    with opened("import") as built:
        from waystation.bootstrap import dialects
        from waystation.bootstrap.legacy_jobs import take_over

        done = take_over(built, dialects.mwa_staging(settings), dsn)
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
    from waystation.settings import current

    settings = current()
    if store not in settings.stores:
        known = ", ".join(settings.stores) or "none"
        raise NotFoundError(f"There is no store {store!r}.", advice=f"Stores: {known}.")
    with nullcontext() if dry_run else opened("import") as built:
        from rich.console import Console
        from rich.progress import Progress

        from waystation.bootstrap.ltfsee_list import Taker, Tally, parts

        done, name, root = Tally(), dataset or file.stem, str(settings.stores[store].root)
        taker = Taker(built, account, store) if built else None
        bar = Progress(console=Console(stderr=True), transient=True)
        with bar, file.open("rb") as lines:
            task = bar.add_task(file.name, total=file.stat().st_size)
            read = parts(lines, root, done, lambda at: bar.update(task, completed=at))
            for number, paths in enumerate(read, 1):
                part = name if number == 1 else f"{name}.{number}"
                if taker is not None:
                    taker.define(part, paths, done)
                    if stage:
                        taker.stage(part, paths, done)
    _tell_of_list(done, store, dry_run=dry_run)
    if done.wrong:
        raise typer.Exit(1)


@app.command("datahost-tree")
def datahost_tree(
    folder: Annotated[
        Path, typer.Argument(help="The tree: a folder a user.", exists=True, file_okay=False)
    ],
    users: Annotated[
        Path,
        typer.Option(
            help="SQLite file, mysqldump of auth_user, or JSON of dumpdata auth.user.",
            exists=True,
            dir_okay=False,
        ),
    ],
    *,
    store: Annotated[str, typer.Option(help="Disk-only store, on the same file system.")] = "",
) -> None:
    """Take over an old Data Host: users with their passwords, and their files as they lie.

    Files are renamed into the spaces' folders, or stay where they are when the tree is the store's
    root. Stop the old service first. Run it as often as you like; after a kill it goes on. Status
    1 when something was left (the first are named).
    """
    with opened("import") as built:
        from waystation.bootstrap import old_users
        from waystation.bootstrap.datahost_tree import OPERATOR, Taker, Tally

        found, tally = old_users.read(users), Tally()
        where = built.catalogue.store(OPERATOR, store)
        if where.backend:
            raise MalformedError(f"Store {where.name} is on tape: name one on disk only.")
        Taker(built, where, folder, tally).take(found)
    typer.echo(
        f"{tally.users:,} accounts, {tally.spaces:,} spaces, {tally.files:,} files are new."
    )
    for what, why in tally.left:
        typer.secho(f"left: {what}: {why}", err=True, fg="red")
    if tally.left_count > len(tally.left):
        typer.echo(f"and {tally.left_count - len(tally.left):,} more", err=True)
    if tally.left_count:
        raise typer.Exit(1)


@app.command("librarian")
def librarian(
    *,
    db: Annotated[
        str, typer.Option(help="sqlite:////path or postgresql://user:password@host/name")
    ],
    settings: Annotated[
        Path, typer.Option(help="Its settings file.", exists=True, dir_okay=False)
    ],
    space: Annotated[str, typer.Option(help="The space that lies where its store does.")],
    tasks: Annotated[
        Path | None, typer.Option(help="Its background tasks.", exists=True, dir_okay=False)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and tell; nothing is changed.")
    ] = False,
) -> None:
    """Take over a Librarian: accounts, peers, files as they lie, and who has copies of them.

    Its database is only read, and no file is. Run it as often as you like, once more after it was
    stopped; after a kill it goes on. Status 1 when something was left (the first are named).
    """
    from waystation.bootstrap import librarian_settings

    old = librarian_settings.read(settings)
    with opened("import") as built:
        from waystation.bootstrap import librarian_db
        from waystation.bootstrap.librarian_import import Taker, Tally, told

        tally = Tally()
        with librarian_db.opened(db) as base:
            Taker(built, space, old, tally, dry=dry_run).take(base)
    for what, count in tally.done.items():
        typer.echo(f"{count:,} {what} {'would be' if dry_run else 'are'} new.")
    if dry_run:
        typer.echo(
            "\n".join(["", "Our settings would be:", *librarian_settings.as_toml(old, space)])
        )
    for line in librarian_settings.tasks(tasks) if tasks else ():
        typer.echo(f"task {line}")
    for why, count in told(tally).items():
        typer.secho(f"left: {count:,}: {why}", err=True, fg="red")
    for what, why in tally.left:
        typer.echo(f"  {what}: {why}", err=True)
    if tally.left:
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
