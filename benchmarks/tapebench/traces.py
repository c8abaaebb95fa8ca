"""Who asks for what, when: one heavy user, three middling, eight light.

100,000 distinct files, about 200 TB. The heavy user asks for half of the files, three others for
a tenth each, all by whole or half datasets; eight light users ask for 2.5 % each, nearly always
small batches of 1 to 49 files from anywhere. Names do not follow tape order, so each batch is
shuffled.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.tapebench.archive import Archive

SHARES = (0.5, 0.1, 0.1, 0.1, *[0.025] * 8)
FIRST_LIGHT = 4
HEAVY = 0

HOURS = {"burst": 1.0, "steady": 30.0, "mod": 60.0, "light": 60.0, "random": 30.0}
"""Over how many hours the requests of each trace arrive."""

FILES = {"light": 20_000}
DEFAULT_FILES = 100_000


Batch = tuple[npt.NDArray[np.int64], float, int]
"""Files, moment of asking, user."""


@dataclass(slots=True)
class Trace:
    """Recalls in order of arrival, as parallel arrays."""

    name: str
    file: npt.NDArray[np.int64]
    arrived_s: npt.NDArray[np.float64]
    user: npt.NDArray[np.int64]
    batch: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    tape: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.file.size)


def make_trace(archive: Archive, name: str, seed: int, files: int | None = None) -> Trace:
    """The trace `name` (see `HOURS`) of one seed over an archive."""
    wanted = files or FILES.get(name, DEFAULT_FILES)
    batches = _batches(archive, name, np.random.default_rng(seed), wanted)
    file = np.concatenate([b[0] for b in batches])
    # Files of one batch arrive a millisecond apart.
    arrived = np.concatenate([at + np.arange(f.size) * 1e-3 for f, at, _ in batches])
    user = np.concatenate([np.full(f.size, who) for f, _, who in batches])
    batch = np.concatenate([np.full(b[0].size, n) for n, b in enumerate(batches)])
    order = np.argsort(arrived, kind="stable")
    file = file[order]
    start = np.rint(archive.start[file]).astype(np.int64)
    stop = np.rint(archive.start[file] + archive.length[file]).astype(np.int64)
    return Trace(
        name=name,
        file=file,
        arrived_s=arrived[order],
        user=user[order],
        batch=batch[order],
        start=start,
        length=stop - start,
        tape=archive.tape[file],
    )


def _batches(archive: Archive, name: str, draw: np.random.Generator, wanted: int) -> list[Batch]:
    shares = np.array(SHARES)
    shares /= shares.sum()
    budget, got = (shares * wanted).astype(int), np.zeros(len(SHARES), int)
    used = np.zeros(archive.start.size, bool)
    batches: list[Batch] = []
    while got.sum() < wanted:
        open_users = np.where(got < budget)[0]
        if open_users.size == 0:
            break
        chances = shares[open_users] / shares[open_users].sum()
        user = int(draw.choice(open_users, p=chances))
        files = _one_batch(
            archive, draw, used, light=user >= FIRST_LIGHT, scatter=name == "random"
        )
        if files.size == 0:
            continue
        files = draw.permutation(files[: budget[user] - got[user]])
        used[files] = True
        got[user] += files.size
        batches.append((files, float(draw.uniform(0, HOURS[name] * 3600)), user))
    return batches


def _one_batch(
    archive: Archive,
    draw: np.random.Generator,
    used: npt.NDArray[np.bool_],
    *,
    light: bool,
    scatter: bool,
) -> npt.NDArray[np.int64]:
    """Files that one user asks for at once and nobody asked for before."""
    if scatter or (light and draw.random() < 0.97):
        count = int(draw.integers(1, 50)) if light or scatter else int(draw.integers(50, 500))
        files = draw.choice(archive.start.size, count)
        return np.unique(files[~used[files]])
    files = archive.files_of(int(draw.integers(archive.datasets)))
    files = files[~used[files]]
    if draw.random() < 0.3:
        files = files[draw.random(files.size) < 0.5]
    return files
