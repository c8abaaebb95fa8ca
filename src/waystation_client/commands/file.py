"""`way file`: where files are now, on tape or on disk."""

import typer

from waystation_client import moments, session, sizes
from waystation_client.commands import arguments
from waystation_client.exit_codes import ExitCode
from waystation_client.screens import listing

PLACES = {
    "nearline": "on tape",
    "online": "on disk",
    "online_and_nearline": "on disk and tape",
    "missing": "no such file",
    "lost": "lost",
    "unknown": "not known",
}


def file(
    paths: arguments.Paths = None,
    from_file: arguments.FromFile = None,
    *,
    null: arguments.NullSeparated = False,
    store: arguments.StoreName = None,
    as_json: arguments.AsJson = False,
) -> None:
    """Show where each file is now. Exit code 1 when one is missing or lost."""
    source = arguments.path_source(paths, from_file, null=null)
    if source is None:
        raise typer.BadParameter("Give paths or --from-file.")
    now = session.now()
    try:
        asked = [path for block in source.blocks() for path in block]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with session.signed_in() as way:
        answers = way.file_status(asked, store=store)
    if as_json:
        listing.document({"files": answers})
    else:
        listing.rows(
            ("WHERE", "STAGING", "SIZE", "TAPE", "HELD UNTIL", "REQUEST", "PATH"),
            (
                (
                    PLACES.get(a.state, a.state),
                    a.staging or "-",
                    "-" if a.bytes is None else sizes.words(a.bytes),
                    a.tape or "-",
                    moments.local(a.pinned_until, now),
                    "-" if a.request is None else str(a.request),
                    a.path,
                )
                for a in answers
            ),
            right=("SIZE", "REQUEST"),
        )
    if any(a.state in {"missing", "lost"} for a in answers):
        raise typer.Exit(int(ExitCode.SOME_FAILED))
