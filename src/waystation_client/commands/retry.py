"""`way retry`: ask again for the files that failed."""

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.screens import listing, request_words


def retry(request_id: arguments.RequestId, *, as_json: arguments.AsJson = False) -> None:
    """Ask again for the failed files.

    The others are left alone.
    """
    with session.signed_in() as way:
        request = way.retry(request_id)
    if as_json:
        listing.document(request)
        return
    listing.say(f"{request_words.title(request)}: {request_words.counts(request.counts)}.")
    listing.say(f"Follow it with: way status {request.id} --follow")
