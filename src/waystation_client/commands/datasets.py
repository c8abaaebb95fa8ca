"""`way datasets`: named sets of files."""

from waystation_client import session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing


def datasets(store: arguments.StoreName = None, *, as_json: arguments.AsJson = False) -> None:
    """List the datasets you may stage by name."""
    with session.signed_in() as way:
        found = way.datasets(store=store)
    if as_json:
        listing.document({"datasets": found})
        return
    if not found:
        listing.note("No datasets.")
        return
    listing.rows(
        ("NAME", "STORE", "FILES", "SIZE"),
        ((d.name, d.store, sizes.count(d.files), sizes.words(d.bytes)) for d in found),
        right=("FILES", "SIZE"),
    )
