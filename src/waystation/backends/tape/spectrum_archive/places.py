"""Where files are: a glance, EE's word and the state of cartridges put together."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta

from waystation.backends.tape.spectrum_archive import parse
from waystation.backends.tape.spectrum_archive.command import Eeadm
from waystation.backends.tape.spectrum_archive.glance import Glance
from waystation.backends.tape.spectrum_archive.parse import FileState, Place, TapeRow
from waystation.domains.staging.entities import FileReport, Residency
from waystation.domains.staging.errors import BackendUnavailableError

FRESH = timedelta(seconds=60)
"""How long the list of cartridges is believed."""


class Cartridges:
    """The cartridges as EE lists them, asked for at most once a minute."""

    def __init__(self, eeadm: Eeadm) -> None:
        self._eeadm = eeadm
        self._lock = threading.Lock()
        self._rows: Mapping[str, TapeRow] = {}
        self._until: datetime | None = None

    def known(self, now: datetime) -> Mapping[str, TapeRow]:
        """All cartridges by barcode.

        Raises:
            BackendUnavailableError: EE does not answer.
        """
        with self._lock:
            if self._until is None or now >= self._until:
                try:
                    self._rows = parse.tapes(self._eeadm.ask("tape", "list", "--json"))
                except parse.UnreadableAnswerError as error:
                    raise BackendUnavailableError(f"eeadm tape list: {error}") from error
                self._until = now + FRESH
            return self._rows


def report(
    path: str,
    seen: Glance,
    told: FileState | None,
    tapes: Mapping[str, TapeRow],
    *,
    library: str = "",
) -> FileReport:
    """Put together what is known of one file; EE's word wins over the glance.

    Of several copies that can be read the first one in that `library` is chosen, else the first.
    """
    if seen.words and not seen.places:
        return FileReport(path, seen.residency, seen.size_bytes, words=seen.words)
    residency, places = seen.residency, seen.places
    if residency is Residency.UNKNOWN:
        if told is None:
            words = "EE did not say anything about this file"
            return FileReport(path, Residency.UNKNOWN, seen.size_bytes, words=words)
        residency, places = told.residency, told.places
    words = seen.words
    if residency is Residency.UNKNOWN and told is not None:
        words = f"EE calls it {told.word}, a state we have no word for"
    elif residency is Residency.LOST:
        words = "no cartridge with a copy is in the library"
    good = [place for place in places if place.tape not in tapes or tapes[place.tape].readable]
    if residency is Residency.NEARLINE and places and not good:
        residency = Residency.LOST
        states = ", ".join(f"{p.tape} {tapes[p.tape].state}" for p in places)
        words = f"no cartridge with a copy can be read now: {states}"
    there = [place for place in good if library and _library(place, tapes) == library]
    chosen = next(iter(there or good or places), None)
    several = len({row.library for row in tapes.values()}) > 1
    return FileReport(
        path,
        residency,
        seen.size_bytes,
        tape=chosen.tape if chosen else None,
        library=_library(chosen, tapes) if chosen is not None and several else None,
        words=words,
    )


def _library(place: Place, tapes: Mapping[str, TapeRow]) -> str:
    """By name: the attribute names libraries by serial number, the list of cartridges by name."""
    return tapes[place.tape].library if place.tape in tapes else place.library
