"""`way transfers` and `way replicate`: shipments between sites, and the rules that make them."""

import time
from typing import TYPE_CHECKING, Annotated, cast

import typer

from waystation_client import durations, moments, session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing

if TYPE_CHECKING:
    from waystation_client.replication import Estimate, Shipment

_PAUSE_S, _DAY_S = 2.0, 86_400


def transfers(
    partner: Annotated[str, typer.Option("--site", help="Only those of this site.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 30,
    *,
    only_open: Annotated[bool, typer.Option("--open", help="Only those on their way.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again until none is left.")] = False,
    as_json: arguments.AsJson = False,
) -> None:
    """List shipments between sites, newest first. For administrators.

    With --watch those on their way are printed whenever one changes, until all have ended.
    """
    with session.signed_in() as way:
        if watch:
            seen: dict[int, tuple[object, ...]] = {}
            while found := way.replication.shipments(
                partner=partner, open_only=True, limit=limit
            ).shipments:
                changed = [s for s in found if seen.get(s.id) != _moving(s)]
                seen |= {s.id: _moving(s) for s in found}
                _show(changed, as_json=as_json)
                time.sleep(_PAUSE_S)
            return
        page = way.replication.shipments(partner=partner, open_only=only_open, limit=limit)
    if as_json:
        listing.document(page)
    elif not page.shipments:
        listing.note("No shipments.")
    else:
        _show(page.shipments, as_json=False)


def replicate(  # noqa: PLR0917 - options of a command
    name: Annotated[str, typer.Argument(help="Of the rule: small letters, digits, . _ -")],
    source: Annotated[str, typer.Argument(metavar="SPACE:/FOLDER", help="What goes.")],
    target: Annotated[
        str, typer.Argument(metavar="SITE,...:SPACE", help="Where to: sites, and a space there.")
    ],
    pattern: Annotated[str, typer.Option(help="Only names that fit: '*.fits'.")] = "",
    copies: Annotated[int, typer.Option(min=0, help="How many of the sites; 0 is all.")] = 0,
    daily: Annotated[str, typer.Option(help="Most bytes of a day: 2T.")] = "",
    window: Annotated[list[str] | None, typer.Option(help="Hours: 20:00-06:00.")] = None,
    delete_after: Annotated[
        float | None,
        typer.Option(min=0, help="Days after which files go from here, once copies exist."),
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would send, and how long.")
    ] = False,
    as_json: arguments.AsJson = False,
) -> None:
    """Make a rule: all that is in a folder goes to other sites, now and later.

    It works with your own rights. Only administrators make rules. With --dry-run nothing is made:
    it says what would go to each site, about how long that takes, and what would go from here.
    """
    space, prefix = arguments.in_space(source)
    partners, colon, there = target.partition(":")
    if not colon or not partners or not there:
        raise typer.BadParameter(f"{target!r}: write SITE:SPACE, or SITE,SITE:SPACE")
    names = partners.split(",")
    more: dict[str, object] = {"daily_bytes": arguments.size(daily)} if daily else {}
    if delete_after is not None:
        more["delete_after_s"] = int(delete_after * _DAY_S)
    with session.signed_in() as way:
        ask = way.replication.try_rule if dry_run else way.replication.make_rule
        rule = ask(
            name,
            space=space,
            target_space=there.strip("/"),
            partners=names,
            prefix=prefix,
            target_prefix=prefix,
            pattern=pattern,
            copies=copies or len(names),
            windows=window or [],
            **more,
        )
    if as_json:
        listing.document(rule)
        return
    if dry_run:
        _estimated(cast("Estimate", rule))
        return
    listing.say(f"The rule {name} works. See it at work: way transfers --watch")


def _estimated(found: "Estimate") -> None:
    listing.rows(
        ("SITE", "FILES", "SIZE", "TAKES", "WHY"),
        (
            (
                part.partner,
                sizes.count(part.files),
                sizes.words(part.bytes),
                "not known" if part.seconds is None else durations.words(part.seconds),
                part.words,
            )
            for part in found.parts
        ),
        right=("FILES", "SIZE"),
    )
    if found.shed is not None:
        listing.note(found.shed.words)
    if not found.complete:
        listing.note("There are more files than were looked at: this is the least.")
    listing.note("Nothing was made; without --dry-run the rule works.")


def _moving(one: "Shipment") -> tuple[object, ...]:
    return one.state, one.landed, one.failed, one.bytes_moved, one.words


def _show(found: "list[Shipment]", *, as_json: bool) -> None:
    if as_json:
        for one in found:
            listing.document(one)
        return
    now = session.now()
    if found:
        listing.rows(
            ("ID", "WAY", "STATE", "FILES", "SIZE", "ENGINE", "MADE", "WHY"),
            (
                (
                    str(s.id),
                    f"{'to' if s.way == 'out' else 'from'} {s.partner}",
                    s.state,
                    f"{s.landed} of {s.files}" + (f", {s.failed} failed" if s.failed else ""),
                    sizes.words(s.bytes),
                    s.engine,
                    moments.local(s.created, now),
                    s.words,
                )
                for s in found
            ),
            right=("SIZE",),
        )
