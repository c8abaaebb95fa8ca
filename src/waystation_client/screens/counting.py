"""A bar that counts what has ended of many things, for people who wait; nothing in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Count = Callable[[int, int, str], None]
"""Of how many, how many have ended, and words."""


@contextmanager
def counting(*, hidden: bool = False) -> Iterator[Count]:
    """Show a bar on the error channel when a person looks there; `hidden` never."""
    if hidden or not sys.stderr.isatty():
        yield lambda _total, _ended, _words: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    columns = BarColumn(), TaskProgressColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def count(total: int, ended: int, words: str) -> None:
            bar.update(task, total=total, completed=ended, description=words)

        yield count
