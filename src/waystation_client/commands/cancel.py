"""`way cancel`: stop a request, or some of its files."""

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.screens import listing, request_words


def cancel(
    request_id: arguments.RequestId,
    paths: arguments.Paths = None,
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """Stop a request or some of its files.

    What is on disk already stays held.
    """
    with session.signed_in() as way:
        request = way.cancel(request_id, paths)
    if as_json:
        listing.document(request)
        return
    listing.say(f"{request_words.title(request)}: {request_words.counts(request.counts)}.")
