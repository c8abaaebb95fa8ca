"""`way sites`: partner sites."""

from waystation_client import moments, session, sizes
from waystation_client.commands import arguments
from waystation_client.screens import listing


def sites(*, as_json: arguments.AsJson = False) -> None:
    """List partner sites: whether they answer, what goes and comes. For administrators."""
    with session.signed_in() as way:
        found = way.replication.partners()
    if as_json:
        listing.document({"partners": found})
        return
    if not found:
        listing.note("No other site is known. An operator pairs one: waystation partner invite")
        return
    now = session.now()
    listing.rows(
        ("SITE", "IS", "GOING", "COMING", "SENT 24 H", "RECEIVED 24 H", "AGAIN", "WHY"),
        (
            (
                p.name,
                _state(
                    p.enabled, p.words, moments.local(p.last_seen, now) if p.last_seen else None
                ),
                str(p.going),
                str(p.coming),
                sizes.words(p.sent_day),
                sizes.words(p.received_day),
                sizes.count(p.doubts),
                p.words,
            )
            for p in found
        ),
        right=("GOING", "COMING", "SENT 24 H", "RECEIVED 24 H", "AGAIN"),
    )


def _state(enabled: bool, words: str, seen: str | None) -> str:  # noqa: FBT001 - a column
    if not enabled:
        return "switched off"
    if words:
        return "does not answer"
    return f"answered {seen}" if seen else "not asked yet"
