"""The `way` command: puts the commands together and turns every error into words and a code."""

import os
import sys
from typing import Annotated

import typer

from waystation_client import exit_codes
from waystation_client.commands.bench import bench
from waystation_client.commands.cancel import cancel
from waystation_client.commands.completion import completion
from waystation_client.commands.datasets import datasets
from waystation_client.commands.estimate import estimate
from waystation_client.commands.explain import explain
from waystation_client.commands.file import file
from waystation_client.commands.find import find
from waystation_client.commands.get import get
from waystation_client.commands.job import app as job
from waystation_client.commands.list_requests import list_requests
from waystation_client.commands.login import login
from waystation_client.commands.ls import ls
from waystation_client.commands.mkdir import mkdir
from waystation_client.commands.mv import cp, mv
from waystation_client.commands.pin import pin
from waystation_client.commands.put import put
from waystation_client.commands.release import release
from waystation_client.commands.retry import retry
from waystation_client.commands.rm import rm
from waystation_client.commands.share import app as share
from waystation_client.commands.sites import sites
from waystation_client.commands.stage import EXAMPLES, stage
from waystation_client.commands.status import status
from waystation_client.commands.sync import sync
from waystation_client.commands.tape import tape
from waystation_client.commands.token import app as token
from waystation_client.commands.transfers import replicate, transfers
from waystation_client.commands.whoami import whoami
from waystation_client.errors import WaystationError
from waystation_client.screens import listing

_EPILOG = (
    "\b\nExit codes:\n"
    + exit_codes.table()
    + "\n\n\b\nThe server and the token come from `way login`, or from WAYSTATION_URL and "
    "WAYSTATION_TOKEN."
)

app = typer.Typer(
    name="way",
    help="Bring research data up from tape, hold it, and see when it will be there.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,  # `way completion` prints the script; nothing edits the user's files
    rich_markup_mode=None,  # rich takes 0.2 s to import; help must be quick
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - slow

        try:
            found = version("waystation")
        except PackageNotFoundError:
            found = version("waystation-client")  # the wheel that servers hand out
        listing.say(f"way {found}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Bring research data up from tape, hold it, and see when it will be there."""


_COMMANDS = (
    ls,
    find,
    put,
    get,
    sync,
    mkdir,
    mv,
    cp,
    rm,
    explain,
    bench,
    cancel,
    retry,
    pin,
    release,
    tape,
    estimate,
    file,
    datasets,
    sites,
    transfers,
    replicate,
    whoami,
    login,
    completion,
)
app.command(epilog=EXAMPLES)(stage)
app.command()(status)
app.command("list")(list_requests)
app.add_typer(job, name="job")
app.add_typer(share, name="share")
app.add_typer(token, name="token")
for _command in _COMMANDS:
    app.command()(_command)


def main() -> None:
    """Run one command and leave with its exit code."""
    if "_WAY_COMPLETE" in os.environ:
        # typer offers no public name for this; without it --show-completion would have to stay.
        from typer._completion_classes import completion_init  # noqa: PLC0415

        completion_init()
    try:
        app()
    except WaystationError as error:
        listing.note(f"way: {error.title}")
        if error.next_step:
            listing.note(f"     {error.next_step}")
        if error.request_id and error.status >= 500:  # noqa: PLR2004 - the server's own fault
            listing.note(f"     Tell its operators this number: {error.request_id}")
        sys.exit(int(exit_codes.for_problem(error.code)))
    except SystemExit as end:
        if end.code == exit_codes.ExitCode.INTERRUPTED:
            listing.note("way: interrupted.")
            # Threads that still send would be waited for.
            sys.stdout.flush()
            os._exit(int(exit_codes.ExitCode.INTERRUPTED))
        raise


if __name__ == "__main__":
    main()
