"""`way release`: say that files need not be held on disk any more."""

from waystation_client import session
from waystation_client.commands import arguments
from waystation_client.screens import listing, request_words


def release(
    request_id: arguments.RequestId,
    paths: arguments.Paths = None,
    *,
    as_json: arguments.AsJson = False,
) -> None:
    """Let go of files that were held on disk.

    All of a request, or only the given paths.
    """
    with session.signed_in() as way:
        request = way.release(request_id, paths)
    if as_json:
        listing.document(request)
        return
    listing.say(f"{request_words.title(request)}: {request_words.counts(request.counts)}.")
