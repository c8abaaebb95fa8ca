"""Writing a real tree onto pretended cartridges, laid out as an archive that grew over years.

A directory is a dataset. Tapes are written in groups of four at the same time ("streams"); a
dataset goes to one group in runs of about twenty files, and six datasets are written at once, so
that their runs interleave. This is the layout of the archive in `benchmarks/tapebench`.
"""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from waystation_sim.site.index import Archived, Index, Tape
from waystation_sim.site.inventory import attribute_of, barcode_of, library_name, pool_name
from waystation_sim.site.layout import Site, SiteSettings
from waystation_sim.site.stubs import checksum, make_stub

STREAMS = 4
RUN = 20
INTERLEAVED = 6


def archive(source: Path, site: Site, settings: SiteSettings, tapes: int, seed: int = 1) -> int:
    """Copy a tree into the cache, write its files to tape, leave stubs. Return the file count.

    Args:
        source: the tree; symbolic links in it are left out.
        site: where to; may hold an archive already, which then grows.
        settings: what the site is made of.
        tapes: how many cartridges to spread the files over.
        seed: of the layout.
    """
    site.create(settings)
    index = Index(site.database)
    try:
        index.add_tapes(_new_tapes(settings, tapes))
        cartridges = index.tapes()
        count = 0
        for file, barcode in _layout(source, sorted(cartridges), random.Random(seed)):
            place = site.cache / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)
            written = write_to_tape(site, index, place, cartridges[barcode])
            if written.size:
                attribute = attribute_of(written.copies, cartridges)
                make_stub(written.path, written, attribute, site.incoming)
            count += 1
    finally:
        index.close()
    return count


def write_to_tape(site: Site, index: Index, path: Path, tape: Tape) -> Archived:
    """Append one file to a cartridge and return its entry; an empty file needs no bytes there."""
    seen = path.stat()
    barcode = tape.barcode if seen.st_size else None
    number = index.add_file(str(path), seen.st_size, seen.st_mtime_ns, checksum(path), barcode)
    if barcode is not None:
        place = site.object_of(barcode, number)
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, place)
    return index.files([str(path)])[str(path)]


def _new_tapes(settings: SiteSettings, count: int) -> Iterator[Tape]:
    for number in range(count):
        library = number // STREAMS % settings.libraries
        yield Tape(
            barcode_of(number, settings.profile),
            library_name(library),
            pool_name(library),
            "appendable",
            0,
        )


def _layout(
    source: Path, barcodes: list[str], chance: random.Random
) -> Iterator[tuple[Path, str]]:
    """Yield each file with the cartridge it goes to, in the order of writing."""
    groups = [barcodes[n : n + STREAMS] for n in range(0, len(barcodes), STREAMS)]
    written = [0] * len(groups)
    waiting = list(_datasets(source))
    chance.shuffle(waiting)
    active: list[tuple[list[Path], int]] = []
    while waiting or active:
        while waiting and len(active) < INTERLEAVED:
            files = waiting.pop()
            group = written.index(min(written))
            written[group] += sum(file.stat().st_size for file in files)
            active.append((files, group))
        place = chance.randrange(len(active))
        files, group = active[place]
        barcode = chance.choice(groups[group])
        run = min(len(files), 1 + int(chance.expovariate(1 / RUN)))
        for file in files[:run]:
            yield file, barcode
        del files[:run]
        if not files:
            del active[place]


def _datasets(source: Path) -> Iterator[list[Path]]:
    for folder, folders, names in os.walk(source):
        folders.sort()
        files = [Path(folder, name) for name in sorted(names)]
        plain = [file for file in files if file.is_file() and not file.is_symlink()]
        if plain:
            yield plain
