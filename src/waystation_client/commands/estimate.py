"""`way estimate`: what a request would take, without making it."""

from typing import Annotated

import typer

from waystation_client import durations, session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing


def estimate(
    paths: arguments.Paths = None,
    from_file: arguments.FromFile = None,
    *,
    null: arguments.NullSeparated = False,
    dataset: Annotated[str | None, typer.Option("--dataset", "-d", help="A dataset.")] = None,
    store: arguments.StoreName = None,
    as_json: arguments.AsJson = False,
) -> None:
    """Forecast a recall without asking for it."""
    source = arguments.path_source(paths, from_file, null=null)
    if (source is None) == (dataset is None):
        raise typer.BadParameter("Give paths, --from-file or --dataset: one of the three.")
    with session.signed_in() as way:
        try:
            forecast = way.estimate(source, dataset=dataset, store=store)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    if as_json:
        listing.document(forecast)
        return
    tapes = "" if forecast.tapes is None else f" on {sizes.count(forecast.tapes)} tapes"
    listing.say(f"{sizes.count(forecast.files)} files, {sizes.words(forecast.bytes)}{tapes}.")
    if forecast.unknown:
        listing.say(f"{sizes.count(forecast.unknown)} of them are not known here.")
    if forecast.at_s is None:
        listing.say("How long it would take is not known.")
        return
    low, high = (durations.words(s or 0) for s in (forecast.low_s, forecast.high_s))
    listing.say(f"About {durations.words(forecast.at_s)} (between {low} and {high}).")
