"""Live progress of one request on a terminal: files, bytes, when ready, what it waits for."""

from collections.abc import Callable, Iterable
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from waystation_client import sizes
from waystation_client.entities import Event, Request
from waystation_client.screens import request_words
from waystation_client.screens.listing import safe


def picture(request: Request, last: Event | None, now: datetime) -> RenderableType:
    """Return the request as it is now, drawn for a terminal of any width."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(width=32)
    grid.add_column(justify="right")
    there = request.counts.online + request.counts.released
    grid.add_row(
        "files",
        _bar(there, request.files),
        f"{sizes.count(there)} of {sizes.count(request.files)}",
    )
    if request.bytes:
        grid.add_row(
            "bytes",
            _bar(request.bytes_online, request.bytes),
            f"{sizes.words(request.bytes_online)} of {sizes.words(request.bytes)}",
        )
    heading = Text(safe(request_words.title(request)), style="bold")
    heading.append(f"  {request_words.STATES.get(request.state, request.state)}", style="dim")
    lines: list[RenderableType] = [heading, grid]
    if not request.ended:
        lines.append(Text(f"ready {request_words.ready(request.eta, now)}"))
        if request.why:
            lines.append(Text(f"waits: {safe(request.why)}"))
    if request.counts.failed:
        lines.append(Text(f"{sizes.count(request.counts.failed)} failed", style="red"))
    if last is not None:
        lines.append(
            Text(f"last: {safe(request_words.happened(last))}", style="dim", overflow="ellipsis")
        )
    return Group(*lines)


def _bar(part: float, whole: float) -> ProgressBar:
    """Draw a bar; rich's own colours begin with red, which here would mean trouble."""
    return ProgressBar(
        total=max(whole, 1),
        completed=part,
        width=32,
        complete_style="cyan",
        finished_style="green",
    )


def show(first: Request, news: Iterable[Event | Request], now: Callable[[], datetime]) -> Request:
    """Draw news as they come, on standard error; return the last state."""
    state, last = first, None
    with Live(
        console=Console(stderr=True, highlight=False),
        get_renderable=lambda: picture(state, last, now()),
        refresh_per_second=2,  # so that "in about 12 min" counts down between news
    ):
        for item in news:
            if isinstance(item, Event):
                last = item
            else:
                state = item
    return state
