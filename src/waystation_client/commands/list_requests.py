"""`way list`: one's own requests, newest first."""

from enum import StrEnum
from typing import Annotated

import typer

from waystation_client import moments, session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing, request_words


class Which(StrEnum):
    """Which requests to list."""

    ACTIVE = "active"
    ENDED = "ended"
    ALL = "all"


def list_requests(
    state: Annotated[Which, typer.Option("--state", "-s", help="Which ones.")] = Which.ALL,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    before: Annotated[
        int | None, typer.Option(metavar="ID", help="Only those older than this request.")
    ] = None,
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """List your requests, newest first."""
    now = session.now()
    with session.signed_in() as way:
        page = way.requests(state=str(state), limit=limit, before=before)
    if as_json:
        listing.document(page)
        return
    if not page.requests:
        listing.note("No such requests." if state is Which.ALL else f"No {state} requests.")
        return
    listing.rows(
        ("ID", "STATE", "FILES", "ON DISK", "READY", "MADE", "LABEL", "WAITS FOR"),
        (
            (
                str(r.id),
                r.state,
                sizes.count(r.files),
                sizes.count(r.counts.online),
                "-" if r.ended else request_words.ready(r.eta, now),
                moments.local(r.created, now),
                r.label or "",
                r.why or "",
            )
            for r in page.requests
        ),
        right=("ID", "FILES", "ON DISK"),
    )
    if page.next_before is not None:
        listing.note(f"Older ones: way list --before {page.next_before}")
