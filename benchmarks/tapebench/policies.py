"""The rows of the table: our planner by what a back end shows, and emulations of its peers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchmarks.tapebench.peers import Dribble, Gather, PerTape, most_bytes
from benchmarks.tapebench.product import InMemory, Level
from benchmarks.tapebench.scene import Scene
from benchmarks.tapebench.scheduler import Scheduler
from benchmarks.tapebench.service import Service
from waystation.domains.staging.planner.choice import HOUR_S, Policy

Kind = Literal["positions", "tape", "nothing", "peer"]
Share = Literal["fair", "efficiency"]


@dataclass(frozen=True, slots=True)
class Row:
    """One policy of the table; `kind` is what our planner sees, or that it is a peer's.

    A `service` row runs the whole product over its database, by default on `traces` only: it
    takes minutes.
    """

    name: str
    kind: Kind
    make: Callable[[Scene], Scheduler]
    words: str
    service: bool = False
    traces: tuple[str, ...] = ()


def _ours(kind: Share, level: Level, guard_h: float = 24.0) -> Callable[[Scene], Scheduler]:
    policy = Policy(kind=kind, guard_s=guard_h * HOUR_S)
    return lambda scene: InMemory(scene.drive, policy, scene.drives, level=level)


def _service(kind: Share, level: Level, *traces: str) -> Row:
    name = f"service {kind}" if level == "positions" else f"service {kind}/tape"
    policy = Policy(kind=kind)

    def make(scene: Scene) -> Scheduler:
        return Service(scene.dsn(), scene.recalls, policy, scene.drive, scene.drives, level=level)

    return Row(name, level, make, "the same by the whole product", service=True, traces=traces)


ROWS: tuple[Row, ...] = (
    Row("fair", "positions", _ours("fair", "positions"), "the default"),
    Row("efficiency", "positions", _ours("efficiency", "positions"), "aged rate, no shares"),
    _service("fair", "positions", "burst", "mod"),
    _service("efficiency", "positions", "burst", "mod"),
    Row(
        "fair-guard4h", "positions", _ours("fair", "positions", 4.0), "nobody waits long past 4 h"
    ),
    Row("fair/tape", "tape", _ours("fair", "tape"), "only the tape is seen; it sorts by block"),
    Row("efficiency/tape", "tape", _ours("efficiency", "tape"), "the same without shares"),
    _service("fair", "tape", "burst"),
    _service("efficiency", "tape", "burst"),
    Row(
        "fill-20000",
        "nothing",
        lambda _scene: Dribble(20_000),
        "nothing is seen: 20,000 outstanding, it groups and sorts by block",
    ),
    Row(
        "shim-8",
        "peer",
        lambda _scene: Dribble(8, per_file=True),
        "per-file shim, 8 workers",
    ),
    Row("window-64", "peer", lambda _scene: Dribble(64), "64 outstanding"),
    Row("window-1000", "peer", lambda _scene: Dribble(1000), "1,000 outstanding"),
    Row(
        "lba-oldest",
        "peer",
        lambda scene: PerTape(scene.drive),
        "per tape, block order, oldest first",
    ),
    Row(
        "sltf-oldest",
        "peer",
        lambda scene: PerTape(scene.drive, inside="sltf"),
        "per tape, shortest locate first, oldest first",
    ),
    Row(
        "cta-like",
        "peer",
        lambda scene: PerTape(
            scene.drive,
            inside="sltf",
            gather=Gather(min_bytes=500e9, min_files=10_000, max_wait_s=HOUR_S),
        ),
        "MountCriteria 500 GB, 10,000 files; minRequestAge taken as 1 h",
    ),
    Row(
        "hpss-like",
        "peer",
        lambda scene: PerTape(scene.drive, pick=most_bytes),
        "HPSS tape-ordered recall, ERADAT: block order, most bytes first",
    ),
    Row(
        "endit-like",
        "peer",
        lambda scene: PerTape(
            scene.drive, gather=Gather(quiet_s=600.0, max_wait_s=7200.0, remount_s=7200.0)
        ),
        "ENDIT: quiet 600 s, at most 7,200 s, remount after 7,200 s",
    ),
    Row(
        "dcache-like",
        "peer",
        lambda scene: PerTape(
            scene.drive,
            gather=Gather(
                min_bytes=0.8 * scene.drive.capacity_bytes, quiet_s=120.0, max_wait_s=HOUR_S
            ),
        ),
        "dCache bring-online clustering: 80 % of a tape, quiet 2 min, at most 1 h",
    ),
)
