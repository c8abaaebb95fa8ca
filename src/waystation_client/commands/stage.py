"""`way stage`: bring files up from tape."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from waystation_client import durations, moments, session, sizes
from waystation_client.commands import arguments, watching
from waystation_client.errors import ConfirmNeededError
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.entities import Submitted

_REFUSED_SHOWN = 5
EXAMPLES = """\b
Examples:
  way stage /archive/run7/a.fits --pin 14d --wait
  find /archive/run7 -name '*.fits' | way stage --from-file - --label run7
  way stage --dataset run7 --deadline +36h --yes --json
"""


def stage(
    paths: arguments.Paths = None,
    from_file: arguments.FromFile = None,
    *,
    null: arguments.NullSeparated = False,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", help="Stage a dataset instead of paths.")
    ] = None,
    store: arguments.StoreName = None,
    pin: Annotated[
        str | None, typer.Option(help="Hold the files this long once there: 7d, 36h. [7d]")
    ] = None,
    priority: Annotated[
        int | None, typer.Option(min=0, max=9, help="Higher goes first among your own. [4]")
    ] = None,
    deadline: Annotated[
        str | None, typer.Option(help="Wanted by this time: 2026-11-22T08:00 or +36h.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="A name to find it again.")] = None,
    external_id: Annotated[
        str | None, typer.Option(help="Your own id; the same again gives the same request.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Wait and show progress.")] = False,
    timeout: Annotated[
        str | None, typer.Option(help="With --wait: stop waiting after this long (exit 6).")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Say yes to a large recall in advance.")
    ] = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Bring files up from tape and hold them on disk."""
    source = arguments.path_source(paths, from_file, null=null)
    if (source is None) == (dataset is None):
        raise typer.BadParameter("Give paths, --from-file or --dataset: one of the three.")
    try:
        pin_s = durations.parse(pin) if pin else None
        timeout_s = durations.parse(timeout) if timeout else None
        wanted_by: datetime | None = moments.parse(deadline, session.now()) if deadline else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with session.signed_in() as way:

        def ask(*, confirm: bool) -> "Submitted":
            return way.stage(
                source,
                dataset=dataset,
                store=store,
                priority=priority,
                deadline=wanted_by,
                pin_lifetime_s=pin_s,
                label=label,
                external_id=external_id,
                confirm=confirm,
            )

        try:
            taken = ask(confirm=yes)
        except ConfirmNeededError as error:
            _ask_first(error)
            taken = ask(confirm=True)
        except ValueError as error:  # a line of the list is not text
            raise typer.BadParameter(str(error)) from error
        _report(taken, as_json=as_json, wait=wait)
        if wait:
            watching.until_ended(way, taken.id, timeout_s=timeout_s, as_json=as_json)


def _ask_first(error: ConfirmNeededError) -> None:
    """Show how large the recall is and ask; without a terminal the error stands (exit 7)."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        error.next_step = "Run it again with --yes if you mean it."
        raise error
    estimate = error.facts.get("estimate") or {}
    size = estimate.get("bytes")
    listing.note(
        f"That is a large recall: {sizes.count(int(estimate.get('files', 0)))} files, "
        f"{sizes.words(int(size)) if size is not None else 'size unknown'}."
    )
    if estimate.get("low_s") is not None and estimate.get("high_s") is not None:
        low, high = (durations.words(float(estimate[end])) for end in ("low_s", "high_s"))
        listing.note(f"It should take between {low} and {high}.")
    typer.confirm("Stage it?", abort=True, err=True)


def _report(taken: "Submitted", *, as_json: bool, wait: bool) -> None:
    for refused in taken.refused[:_REFUSED_SHOWN]:
        listing.note(f"not taken: {refused.path}: {refused.reason}")
    if taken.refused_count > _REFUSED_SHOWN:
        listing.note(f"not taken: {sizes.count(taken.refused_count)} paths in all")
    if as_json:
        if not wait:
            listing.document(taken)
        return
    folded = f" ({sizes.count(taken.folded)} given twice)" if taken.folded else ""
    listing.say(
        f"Request {taken.id}: {sizes.count(taken.files)} file{'s'[: taken.files != 1]}{folded}."
    )
    if not wait:
        listing.say(f"Follow it with: way status {taken.id} --follow")
