"""The settings: are they right, what are they, what do they mean."""

import typer

from waystation import settings

app = typer.Typer(help="The settings.", no_args_is_help=True)


@app.command("check")
def check() -> None:
    """Read the settings and say what is wrong with them; nothing is started."""
    found = settings.current()
    unknown = [
        f"stores.{name}.backend: there is no back end {store.backend!r}"
        for name, store in found.stores.items()
        if store.backend not in found.backends
    ]
    for line in unknown:
        typer.secho(line, fg="red", err=True)
    if unknown:
        raise typer.Exit(1)
    typer.echo(f"{settings.config_path()}: good ({len(found.stores)} stores)")


@app.command("show")
def show() -> None:
    """The settings in force, as JSON; secrets are hidden."""
    typer.echo(settings.current().model_dump_json(indent=2))


@app.command("reference")
def reference() -> None:
    """Every setting with its type, default and meaning, as Markdown."""
    from waystation.bootstrap.reference import settings_reference  # noqa: PLC0415

    typer.echo(settings_reference())
