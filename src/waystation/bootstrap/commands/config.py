"""The settings: are they right, what are they, what do they mean."""

import typer

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.command("check")
def check() -> None:
    """Read the settings and say what is wrong with them; nothing is started."""
    from waystation import settings
    from waystation.bootstrap import checks_sites as sites

    found = settings.current()
    unknown = [
        f"stores.{name}.backend: there is no back end {store.backend!r}"
        for name, store in found.stores.items()
        if store.backend and store.backend not in found.backends
    ]
    for line in unknown:
        typer.secho(line, fg="red", err=True)
    for line in sites.warnings(found):
        typer.secho(line, fg="yellow", err=True)
    if unknown:
        raise typer.Exit(1)
    typer.echo(f"{settings.config_path()}: good ({len(found.stores)} stores)")


@app.command("show")
def show() -> None:
    """The settings in force, as JSON; secrets are hidden."""
    from waystation import settings

    typer.echo(settings.current().model_dump_json(indent=2))


@app.command("reference")
def reference() -> None:
    """Every setting with its type, default and meaning, as Markdown."""
    from waystation.bootstrap.reference import settings_reference

    typer.echo(settings_reference())
