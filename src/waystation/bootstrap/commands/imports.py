"""Taking over from what was there before."""

from pathlib import Path
from typing import Annotated

import typer

from waystation.bootstrap.django_start import start_django
from waystation.bootstrap.legacy import as_toml
from waystation.kernel.errors import MalformedError
from waystation.settings import current

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
