"""A synthetic archive: datasets written in runs over groups of tapes, as archives grow.

200 tapes, about 1.7 million files and 3.4 PB; file sizes lognormal with mean 2 GB, datasets of a
few hundred files written in runs of about 20 over four tapes at once, six datasets interleaved.
The draws are fixed by the seed: seeds 100 to 104 are the published ones.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

CAPACITY_BYTES = 18e12
FILL = 0.95
MEAN_FILE_BYTES = 2e9
TAPES_TOGETHER = 4
OPEN_DATASETS = 6
RUN_FILES = 20


def tape_name(number: int) -> str:
    """Volume serial of the n-th cartridge."""
    return f"W{number:05d}L9"


@dataclass(slots=True)
class Archive:
    """All files of the archive, as parallel arrays."""

    start: npt.NDArray[np.float64]
    length: npt.NDArray[np.float64]
    tape: npt.NDArray[np.int64]
    dataset: npt.NDArray[np.int64]
    tapes: int
    datasets: int
    by_dataset: npt.NDArray[np.int64] = field(init=False)
    cuts: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.by_dataset = np.argsort(self.dataset, kind="stable")
        marks = np.arange(self.datasets + 1)
        self.cuts = np.searchsorted(self.dataset[self.by_dataset], marks)

    def files_of(self, dataset: int) -> npt.NDArray[np.int64]:
        """File numbers of one dataset."""
        return self.by_dataset[self.cuts[dataset] : self.cuts[dataset + 1]]


@dataclass(slots=True)
class _Writer:
    """Datasets being written, and how far."""

    draw: np.random.Generator
    datasets: int = 0

    def runs(
        self, tapes: int, capacity: float
    ) -> Iterator[tuple[int, int, npt.NDArray[np.float64], float]]:
        """Every run written as (tape, dataset, file lengths, first byte)."""
        draw = self.draw
        for first in range(0, tapes, TAPES_TOGETHER):
            filled, full = [0.0] * TAPES_TOGETHER, [False] * TAPES_TOGETHER
            open_sets: list[int] = []
            left: dict[int, int] = {}
            while not all(full):
                while len(open_sets) < OPEN_DATASETS:
                    size = np.clip(draw.lognormal(np.log(400), 0.9), 20, 6000)
                    left[self.datasets] = int(size)
                    open_sets.append(self.datasets)
                    self.datasets += 1
                dataset = open_sets[draw.integers(len(open_sets))]
                which = int(draw.integers(TAPES_TOGETHER))
                if full[which]:
                    continue
                count = min(left[dataset], 1 + int(draw.geometric(1 / RUN_FILES)))
                lengths = draw.lognormal(0, 1, count) / math.exp(0.5) * MEAN_FILE_BYTES
                lengths = np.clip(lengths, 50e6, 60e9)
                if filled[which] + lengths.sum() > capacity:
                    full[which] = True
                    continue
                yield first + which, dataset, lengths, filled[which]
                filled[which] += lengths.sum()
                left[dataset] -= count
                if left[dataset] == 0:
                    open_sets.remove(dataset)


def make_archive(seed: int, tapes: int = 200, capacity_bytes: float = CAPACITY_BYTES) -> Archive:
    """The archive of one seed."""
    writer = _Writer(np.random.default_rng(seed))
    starts, lengths, on_tape, of_dataset = [], [], [], []
    for tape, dataset, sizes, begin in writer.runs(tapes, capacity_bytes * FILL):
        starts.append(begin + np.concatenate([[0], np.cumsum(sizes)[:-1]]))
        lengths.append(sizes)
        on_tape.append(np.full(sizes.size, tape))
        of_dataset.append(np.full(sizes.size, dataset))
    return Archive(
        start=np.concatenate(starts),
        length=np.concatenate(lengths),
        tape=np.concatenate(on_tape),
        dataset=np.concatenate(of_dataset),
        tapes=tapes,
        datasets=writer.datasets,
    )
