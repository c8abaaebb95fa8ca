"""Names and serial numbers of a site's hardware, and how EE's attribute spells them."""

from collections.abc import Iterable, Mapping
from uuid import NAMESPACE_URL, uuid5

from waystation_sim.site.index import Tape

POOL_SPACE = uuid5(NAMESPACE_URL, "waystation-sim:pool")


def library_name(number: int) -> str:
    """Name of the n-th library."""
    return f"lib{number + 1}"


def pool_name(number: int) -> str:
    """Name of the pool in the n-th library."""
    return f"pool{number + 1}"


def library_serial(name: str) -> str:
    """Serial number of a library, made from its name."""
    return f"0000078AC{uuid5(NAMESPACE_URL, name).int % 10_000:04}0401"


def pool_id(pool: str, library: str) -> str:
    """Identifier of a pool.

    EE's are whole UUIDs; a short one lets the attribute of a stub fit into an ext4 inode, where it
    costs no block.
    """
    return str(uuid5(POOL_SPACE, f"{pool}@{library}"))[:8]


def drive_serial(library: str, number: int) -> str:
    """Serial number of a drive."""
    return f"{uuid5(NAMESPACE_URL, f'{library}/{number}').int % 10**10:010}"


def barcode_of(number: int, profile: str) -> str:
    """Barcode of the n-th cartridge: six characters and the kind of medium."""
    return f"WS{number:04}{'M8' if profile == 'L7M' else 'L9'}"


def attribute_of(copies: Iterable[tuple[str, int]], tapes: Mapping[str, Tape]) -> str:
    """The text of `dmapi.IBMTPS`: how many copies, then VOLSER@POOLID@LIBRARY of each."""
    places = []
    for barcode, _ in copies:
        tape = tapes[barcode]
        pool = pool_id(tape.pool, tape.library)
        places.append(f"{barcode}@{pool}@{library_serial(tape.library)}")
    return f"{len(places)} {':'.join(places)}"
