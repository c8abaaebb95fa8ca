"""What the same files would have taken under other ways of asking for them, in virtual time.

For the demonstration's report: the site's own cartridges, drives and scale; nothing is read.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from waystation_sim.library import DriveProfile, Library, ListDone, Read
from waystation_sim.library.geometry import locate_s
from waystation_sim.library.profiles import profile_named
from waystation_sim.site.hardware import scale_for
from waystation_sim.site.index import Index
from waystation_sim.site.layout import Site

EXCHANGE_S = 3600 / 270
"""One robot exchange: IBM Diamondback, 270 an hour."""

WINDOW = 64
"""Stage requests that Globus Transfer keeps open at a time (contract of its staging connector)."""
SHIM_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A file as it was asked for: where it lies, in cartridge bytes."""

    tape: str
    read: Read


@dataclass(frozen=True, slots=True)
class Result:
    """A way of asking: virtual seconds from first to last, and mounts."""

    name: str
    seconds: float
    mounts: int


def asked_of(site: Site, paths: Sequence[str]) -> list[Asked]:
    """The files of these paths that lie on tape, in the order asked."""
    index = Index(site.database)
    try:
        tapes = index.tapes()
        scale = scale_for("auto", tapes, site.settings())
        found = index.files(list(paths))
    finally:
        index.close()
    asked = []
    for path in paths:
        file = found[path]
        if file.copies:
            tape, start = file.copies[0]
            length = max(1, int(file.size * scale))
            asked.append(Asked(tape, Read(file.id, int(start * scale), length)))
    return asked


def compare(site: Site, asked: Sequence[Asked]) -> list[Result]:
    """Four ways of asking for the same files, worst first."""
    return [
        _windowed(f"a call for each file, {SHIM_WORKERS} at a time", site, asked, SHIM_WORKERS),
        _windowed(f"a call for each file, {WINDOW} outstanding", site, asked, WINDOW),
        _per_tape("one list a tape, read as asked", site, asked, "given"),
        _per_tape("one list a tape, in block order", site, asked, "block"),
    ]


def lower_bound_s(site: Site, asked: Sequence[Asked]) -> float:
    """No policy can be quicker: streaming, a load and half an exchange a tape, least locating.

    The least locating is the cheapest way into each file from any other or from the beginning: a
    relaxation of the tour, in which each file must be entered from somewhere. One cartridge is in
    one drive at a time, so the longest is a bound too.
    """
    settings = site.settings()
    profile = profile_named(settings.profile)
    by_tape: dict[str, list[Read]] = defaultdict(list)
    for one in asked:
        by_tape[one.tape].append(one.read)
    work = [_least_s(profile, reads) for reads in by_tape.values()]
    return max(sum(work) / (settings.drives * settings.libraries), max(work, default=0.0))


def _least_s(profile: DriveProfile, reads: Sequence[Read]) -> float:
    """Least time of one cartridge in a drive."""
    ends = [0, *(read.start + read.length for read in reads)]
    reached = set(ends)
    seconds = profile.load_s + EXCHANGE_S / 2
    for read in reads:
        seconds += read.length / profile.rate_bytes_s + profile.per_file_s
        if read.start not in reached:
            own = read.start + read.length
            seconds += min(locate_s(profile, end, read.start) for end in ends if end != own)
    return seconds


def _windowed(name: str, site: Site, asked: Sequence[Asked], window: int) -> Result:
    """A shim that keeps so many single-file recalls open, in the order asked."""
    library, left = _library(site, asked), iter(asked)
    for one in islice(left, window):
        library.submit(one.tape, [one.read])
    while (at := library.next_at()) is not None:
        for event in library.advance(at):
            if isinstance(event, ListDone):
                for one in islice(left, 1):
                    library.submit(one.tape, [one.read])
    return Result(name, library.now, library.totals.mounts)


def _per_tape(
    name: str, site: Site, asked: Sequence[Asked], order: Literal["given", "block"]
) -> Result:
    """Everything at once, one list for each tape."""
    library = _library(site, asked)
    lists: dict[str, list[Read]] = defaultdict(list)
    for one in asked:
        lists[one.tape].append(one.read)
    for tape, reads in lists.items():
        library.submit(tape, reads, order)
    while (at := library.next_at()) is not None:
        library.advance(at)
    return Result(name, library.now, library.totals.mounts)


def _library(site: Site, asked: Sequence[Asked]) -> Library:
    settings = site.settings()
    drives = settings.drives * settings.libraries
    robots = settings.robots * settings.libraries
    tapes = sorted({one.tape for one in asked})
    return Library(settings.profile, drives, robots, tapes=tapes)
