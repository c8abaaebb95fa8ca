"""Times as operators write them on the command line."""

from datetime import UTC, datetime

from waystation.kernel.errors import MalformedError


def moment(text: str) -> datetime | None:
    """A time in ISO 8601, UTC unless it says otherwise; None of an empty text.

    Raises:
        MalformedError: it is no time.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        raise MalformedError(f"{text!r} is no time.", advice="2026-11-01T12:00.") from problem
    return found if found.tzinfo else found.replace(tzinfo=UTC)
