"""What this back end is told: where cartridges are mounted, what is on them, its limits."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tree:
    """A store's tree of files on disk, and where the same tree lies on every cartridge.

    Attributes:
        root: absolute directory on disk: the cache that files are brought into.
        source: directory on the cartridges that equals `root`, relative to a cartridge's own
            root; empty when the cartridge's root does.
    """

    root: Path
    source: str = ""


@dataclass(frozen=True, slots=True)
class LtfsConfig:
    """Settings of mounted LTFS cartridges.

    Attributes:
        mount: where LTFS is mounted. LTFS LE shows every cartridge of the library as a directory
            named by its barcode in it, LTFS SDE shows one cartridge.
        list_dir: directory for recall lists, journals and the index of cartridges, ours alone.
        trees: which files are brought up, and from where.
        one_cartridge: `mount` is the cartridge itself (LTFS SDE).
        drives: how many cartridges are read at a time.
        releases: disk copies may be removed when a cartridge holds the same file.
        fsync: a file that came up is on the disk for good before it is called online.
        checksums: file of the site's own checksums, lines of `sha256sum` and its sisters with
            absolute paths or paths relative to a tree's root; None when there is none.
        timeout_s: longest wait for one answer of LTFS.
        fresh_s: the index of cartridges is believed for so long.
        list_limit: most files in one recall list.
        keep_lists_s: how long ended lists are kept, and with them the memory of their keys.
    """

    mount: Path
    list_dir: Path
    trees: tuple[Tree, ...] = ()
    one_cartridge: bool = False
    drives: int = 1
    releases: bool = True
    fsync: bool = True
    checksums: Path | None = None
    timeout_s: float = 30.0
    fresh_s: float = 60.0
    list_limit: int = 20_000
    keep_lists_s: float = 7 * 86_400.0

    def as_json(self) -> bytes:
        """For the processes that work for us."""
        return json.dumps(asdict(self), default=str, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "LtfsConfig":
        """What `as_json` wrote."""
        told = json.loads(text)
        known = {field.name for field in fields(cls)}
        told = {name: value for name, value in told.items() if name in known}
        told["trees"] = tuple(Tree(Path(one["root"]), one["source"]) for one in told["trees"])
        for name in ("mount", "list_dir"):
            told[name] = Path(told[name])
        if told["checksums"] is not None:
            told["checksums"] = Path(told["checksums"])
        return cls(**told)
