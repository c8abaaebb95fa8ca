"""Process trees as /proc shows them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process as /proc shows it at one moment."""

    pid: int
    parent: int
    state: str
    command: str


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not status.split("State:")[1].lstrip().startswith(("Z", "X"))


def processes() -> list[Process]:
    """All of them."""
    names = [entry.name for entry in Path("/proc").iterdir()]
    return [p for name in names if name.isdigit() and (p := process(name))]


def tree(root: int) -> list[Process]:
    """A process and all below it."""
    every = processes()
    found = [p for p in every if p.pid == root]
    for each in found:
        found.extend(p for p in every if p.parent == each.pid)
    return found


def process(entry: str) -> Process | None:
    """A process by its id; None when it has ended."""
    try:
        stat = Path(f"/proc/{entry}/stat").read_text()
        command = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return Process(int(entry), int(parent), state, command.strip())
