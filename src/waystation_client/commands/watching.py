"""Watching a request until it ends, the way the output allows: live, in lines, or as JSON."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from waystation_client import exit_codes, session
from waystation_client.screens import listing, request_words

if TYPE_CHECKING:
    from waystation_client.client import Client
    from waystation_client.entities import Event, Request


def until_ended(
    way: "Client",
    request_id: int,
    *,
    after: int = 0,
    timeout_s: float | None = None,
    as_json: bool = False,
) -> None:
    """Follow a request; end the command with the code that fits how it ended.

    Raises:
        TimedOutError: `timeout_s` passed; the request goes on.
        typer.Exit: Always otherwise; 0 only when every file is on disk.
    """
    news = way.follow(request_id, after=after, timeout_s=timeout_s)
    try:
        if as_json:
            last = _as_lines(news, way.request(request_id), as_json=True)
        elif sys.stderr.isatty():
            from waystation_client.screens import live_request  # noqa: PLC0415 - brings rich

            last = live_request.show(way.request(request_id), news, session.now)
        else:
            last = _as_lines(news, way.request(request_id), as_json=False)
    except KeyboardInterrupt:
        listing.note(
            f"\nThe request goes on without us. Come back with: way status {request_id} --follow"
            f"\nStop it with: way cancel {request_id}"
        )
        raise typer.Exit(130) from None  # the shells' number for "ended by Ctrl-C"
    if as_json:
        listing.document(last)
    else:
        for line in request_words.summary(last, session.now()):
            listing.say(line)
    raise typer.Exit(int(exit_codes.for_state(last.state)))


def _as_lines(news: "Iterable[Event | Request]", first: "Request", *, as_json: bool) -> "Request":
    """Print one line an event (JSON: one document an event) and return the last state."""
    from waystation_client.entities import Event  # noqa: PLC0415 - brings msgspec

    last = first
    for item in news:
        if isinstance(item, Event):
            if as_json:
                listing.document(item)
            else:
                listing.say(request_words.event_line(item))
        else:
            last = item
    return last
