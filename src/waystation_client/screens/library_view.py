"""The tape library on a terminal: drives, then the tapes people wait for."""

from datetime import datetime

from waystation_client import durations, moments, sizes
from waystation_client.entities import Drive, Eta, Library, QueuedTape
from waystation_client.screens.listing import rows, say


def show(library: Library, now: datetime) -> None:
    """Print drives and queue; words for a person, rows for a pipe."""
    for backend in library.backends:
        if backend.state != "up":
            say(f"{backend.name} is {backend.state}: {backend.message or 'no reason known'}")
    rows(
        ("DRIVE", "STATE", "TAPE", "FILES LEFT", "SINCE"),
        (_drive(drive, now) for drive in library.drives),
        right=("FILES LEFT",),
    )
    say(
        f"\n{sizes.count(library.queued_files)} files wait"
        f" ({sizes.words(library.queued_bytes)});"
        f" {library.mounts_last_hour} mounts in the last hour,"
        f" {sizes.words(library.bytes_last_minute)} read in the last minute\n"
    )
    if not library.tapes:
        say("Nobody waits for a tape.")
        return
    rows(
        ("TAPE", "STATE", "FILES", "SIZE", "WAITS", "PEOPLE", "READY", "WHY"),
        (_tape(tape, now) for tape in library.tapes),
        right=("FILES", "SIZE", "WAITS", "PEOPLE"),
    )


def _drive(drive: Drive, now: datetime) -> tuple[str, ...]:
    since = durations.words((now - drive.since).total_seconds()) if drive.since else "-"
    left = "-" if drive.files_left is None else sizes.count(drive.files_left)
    return (f"{drive.backend}/{drive.name}", drive.state, drive.tape or "-", left, since)


def _tape(tape: QueuedTape, now: datetime) -> tuple[str, ...]:
    waits = durations.words((now - tape.oldest).total_seconds()) if tape.oldest else "-"
    ready = tape.eta.at if isinstance(tape.eta, Eta) else tape.eta
    return (
        tape.tape,
        tape.state,
        sizes.count(tape.files),
        sizes.words(tape.bytes),
        waits,
        str(tape.owners),
        moments.local(ready, now),
        tape.why or "",
    )
