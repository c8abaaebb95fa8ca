"""Cost of a file while more and more of them are there: it shall not grow.

Goal (issue of replication): 100,000 files without growth of the cost of one. Batches go from one
site to another, each larger than all before it; files are put while the rule rests. Growth is the
cost of a file of the last batch over that of the first; 1.25 is taken for none on a machine that
others use too. What is counted is CPU of both sites and their databases; wall time stands beside.

`python -m benchmarks.replication.flat [files]`; 100000 takes an hour on two cores
"""

import sys
import time

from benchmarks.replication.small_files import Pair, _pair, _put, _rule
from benchmarks.say import figure

FILES, GROWTH = 16_000, 1.25
PARTS = (1 / 16, 3 / 16, 12 / 16)
"""Of all files, batch by batch."""


def main(files: int = FILES) -> None:
    costs, done = [], 0
    with _pair() as pair:
        for number, part in enumerate(PARTS):
            count = int(files * part)
            if number:
                _switch(pair, on=False)
            _put(pair.here, count, f"batch{number}")
            costs.append(_batch(pair, number, count, done))
            done += count
    figure("growth of the cost of a file", costs[-1] / costs[0], "<=", GROWTH, "")


def _batch(pair: Pair, number: int, count: int, done: int) -> float:
    """Milliseconds of CPU for each file."""
    before, began = sum(pair.cpu()), time.monotonic()
    if number:
        _switch(pair, on=True)
    else:
        _rule(pair.here)
    pair.wait(done + count, 3_600)
    took, spent = time.monotonic() - began, sum(pair.cpu()) - before
    figure(f"{count:,} files after {done:,}", count / took, None, None, "files/s")
    cost = spent / count * 1000
    figure("  CPU of both sites and databases", cost, None, None, "ms/file")
    return cost


def _switch(pair: Pair, *, on: bool) -> None:
    with pair.here.client() as http:
        assert http.post("/api/v1/rules/all/switch", json={"on": on}).is_success


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else FILES)
