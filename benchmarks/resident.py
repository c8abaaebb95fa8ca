"""Resident memory of processes while something goes on: before, at the peak, after."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.node import descendants

_RESET_PEAK = "5"


class Resident:
    """Prints a line for each process at the end of the block.

    Args:
        what: goes on.
        roots: a process and all below it, by name.
    """

    def __init__(self, what: str, roots: Mapping[str, int]) -> None:
        self._what = what
        self._pids = [(name, pid) for name, root in roots.items() for pid in
                      (root, *descendants(root))]  # fmt: skip
        self._before: dict[int, float] = {}

    def __enter__(self) -> Self:
        for _, pid in self._pids:
            Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
            self._before[pid] = _mb(pid, "VmRSS")
        return self

    def peaks(self) -> Mapping[str, float]:
        """Megabytes of the largest process of each name, at its peak."""
        found: dict[str, float] = {}
        for name, pid in self._pids:
            found[name] = max(found.get(name, 0.0), _mb(pid, "VmHWM"))
        return found

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del error, trace
        if kind is not None:
            return
        print(self._what)
        for name, pid in self._pids:
            peak, after = _mb(pid, "VmHWM"), _mb(pid, "VmRSS")
            words = f"  {name} {pid}: resident MB before, at the peak, after"
            print(f"{words:<52} {self._before[pid]:>6.0f} {peak:>6.0f} {after:>6.0f}", flush=True)


def _mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)
