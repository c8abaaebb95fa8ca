"""Points in time: what the user types, what the API sends, what a terminal shows."""

from datetime import UTC, datetime, timedelta

from waystation_client import durations


def parse(text: str, now: datetime) -> datetime:
    """Return the time meant by `2026-11-22T08:00`, `2026-11-22` or `+36h`.

    A time without a zone is the user's own; `now` must carry one.

    Raises:
        ValueError: With a sentence for the user, when it is neither or lies in the past.
    """
    cleaned = text.strip()
    if cleaned.startswith("+"):
        return now + timedelta(seconds=durations.parse(cleaned[1:]))
    try:
        moment = datetime.fromisoformat(cleaned)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not a time. Write 2026-11-22T08:00, or +36h for a time from now."
        ) from error
    if moment.tzinfo is None:
        moment = moment.astimezone()
    if moment <= now:
        raise ValueError(f"{text!r} is in the past.")
    return moment


def wire(moment: datetime) -> str:
    """Return the form the API speaks: UTC to the second with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(moment: datetime | None, now: datetime) -> str:
    """Return the time on the user's clock; with the date only when it is not today."""
    if moment is None:
        return "-"
    there, here = moment.astimezone(), now.astimezone()
    if there.date() == here.date():
        return there.strftime("%H:%M")
    return there.strftime("%a %d %b %H:%M" if there.year == here.year else "%Y-%m-%d %H:%M")


def stamp(moment: datetime) -> str:
    """Return the form for logs: the user's clock to the second, with the zone."""
    return moment.astimezone().isoformat(timespec="seconds")
