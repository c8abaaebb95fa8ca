"""`way tape`: the drives, and the queue of tapes."""

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.screens import listing


def tape(*, as_json: arguments.AsJson = False) -> None:
    """Show the drives and the queue of tapes.

    The tapes come in the order they will be served, with the reason.
    """
    with session.signed_in() as way:
        library = way.library()
    if as_json:
        listing.document(library)
        return
    from waystation_client.screens import library_view  # noqa: PLC0415 - brings msgspec

    library_view.show(library, session.now())
