"""The operator's command, `waystation`."""

import sys
from typing import Annotated

import typer

from waystation import __version__
from waystation.bootstrap.commands import (
    accounts,
    audit,
    carry,
    config,
    demo,
    doctor,
    imports,
    messages,
    partners,
    policy,
    rules,
    run,
    spaces,
    tls,
)
from waystation.kernel.errors import WaystationError

app = typer.Typer(
    name="waystation",
    help="Run and look after a Waystation.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich takes 0.2 s to import; help must be quick
    pretty_exceptions_enable=False,
)
app.command("up")(run.up)
app.command("web", hidden=True)(run.web)
app.command("grid", hidden=True)(run.grid)
app.command("mover", hidden=True)(run.mover)
app.command("mwa-staging", hidden=True)(run.mwa_staging)
app.command("stage-socket", hidden=True)(run.stage_socket)
app.command("worker")(run.worker)
app.command("migrate")(run.migrate)
app.command("doctor")(doctor.doctor)
app.command("tls")(tls.tls)
app.command("demo")(demo.demo)
app.add_typer(accounts.app, name="user")
app.add_typer(audit.app, name="audit")
app.add_typer(carry.app, name="carry")
app.add_typer(config.app, name="config")
app.add_typer(imports.app, name="import")
app.add_typer(messages.app, name="message")
app.add_typer(partners.app, name="partner")
app.add_typer(policy.app, name="policy")
app.add_typer(rules.app, name="rule")
app.add_typer(spaces.app, name="space")


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"waystation {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    """What holds for every command."""
    _version(wanted=version)


def main() -> None:
    """Run a command; foreseen trouble is a sentence and a next step, not a trace."""
    try:
        app()
    except WaystationError as refusal:
        _say(refusal.sentence, refusal.advice)
    except ValueError as problem:
        _say_of_settings(problem)


def _say_of_settings(problem: ValueError) -> None:
    """A person's mistake in the settings; any other error keeps its trace."""
    import tomllib

    from pydantic import ValidationError

    from waystation.settings import config_path

    if isinstance(problem, ValidationError):
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        _say("The settings are wrong:\n  " + "\n  ".join(lines), "waystation config check")
    if isinstance(problem, tomllib.TOMLDecodeError):
        _say(f"{config_path()} is not TOML: {problem}", "Mend that line; see https://toml.io.")
    raise problem


def _say(sentence: str, advice: str) -> None:
    typer.secho(sentence, err=True, fg="red")
    if advice:
        typer.echo(f"→ {advice}", err=True)
    sys.exit(1)
