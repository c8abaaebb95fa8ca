"""`way whoami`: who the server takes us for."""

from waystation_client import moments, session
from waystation_client.commands import arguments
from waystation_client.screens import listing


def whoami(*, as_json: arguments.AsJson = False) -> None:
    """Show who you are to the server."""
    with session.signed_in() as way:
        me = way.whoami()
    if as_json:
        listing.document(me)
        return
    full = f" ({me.full_name})" if me.full_name else ""
    listing.say(f"{me.name}{full}{', administrator' if me.admin else ''}")
    until = f", good until {moments.local(me.expires, session.now())}" if me.expires else ""
    listing.say(f"token {me.token or '-'}{until}; for {', '.join(me.scopes) or 'nothing'}")
