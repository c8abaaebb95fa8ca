"""Everything a person can get wrong, looked at without changing anything."""

import typer


def doctor() -> None:
    """Look at settings, disk, database, web, and every tape system; say how to mend what is wrong.

    Status 0 when everything is well, 1 when something is to be mended.
    """
    from waystation.bootstrap import checks
    from waystation.settings import config_path, current

    settings = current()
    typer.echo(f"settings: {config_path()}\n")
    wrong = 0
    for finding in checks.findings(settings):
        mark, colour = ("well ", "green") if finding.ok else ("wrong", "red")
        typer.secho(f"  {mark}  ", fg=colour, nl=False)
        typer.echo(f"{finding.subject}: {finding.words}")
        if not finding.ok:
            wrong += 1
            typer.echo(f"         → {finding.mend}")
    typer.echo("\nEverything is well." if not wrong else f"\n{wrong} to mend.")
    raise typer.Exit(1 if wrong else 0)
