"""A tape library in virtual time: serpentine tapes, drives, robots, faults. Standard library only.

>>> library = Library("L9", drives=1, tapes=["A00001L9"])
>>> job = library.submit("A00001L9", [Read("f", 0, 400_000_000)])
>>> [type(event).__name__ for event in library.advance(60)]
['Mounted', 'FileRead', 'ListDone']
"""

from waystation_sim.library.cartridge import Cartridge
from waystation_sim.library.drives import DriveState
from waystation_sim.library.engine import Library, Totals, UnknownTapeError
from waystation_sim.library.events import (
    Event,
    FileRead,
    ListDone,
    Mounted,
    Read,
    ReadError,
    Unmounted,
)
from waystation_sim.library.geometry import locate_s, rewind_s
from waystation_sim.library.profiles import PROFILES, DriveProfile

__all__ = [
    "PROFILES",
    "Cartridge",
    "DriveProfile",
    "DriveState",
    "Event",
    "FileRead",
    "Library",
    "ListDone",
    "Mounted",
    "Read",
    "ReadError",
    "Totals",
    "UnknownTapeError",
    "Unmounted",
    "locate_s",
    "rewind_s",
]
