"""A real A-REX on this machine: bulk submission by both interfaces, and 50 jobs to their end.

Goals (issue of jobs): INTERNAL in bulk >= 10 times one call a job (90-330 against 3-4.5 jobs/s were
seen, `arcsub` each 2-6); REST in bulk >= 150 jobs/s; 50 trivial jobs within 1.2 times of what
A-REX itself takes (aCT: 256 s). Peers from contracts/arc-and-act.md M.
"""

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.jobs.sites import Folders, arc, folders
from benchmarks.jobs.taking import known
from benchmarks.node import bench_node
from benchmarks.say import figure
from waystation.backends.batch.arc_internal.batch import InternalBatch, InternalConfig
from waystation.backends.batch.arc_rest.batch import RestBatch
from waystation.backends.batch.arc_rest.config import RestConfig
from waystation.domains.jobs.entities import ENDED
from waystation.domains.jobs.ports import Batch
from waystation.kernel.clock import SystemClock

USER, SINGLES, TRUE = "games", 5, ("/bin/true",)
GOAL_TIMES, GOAL_REST, GOAL_END = 10.0, 150.0, 1.2


def main(jobs: int = 50) -> None:
    with arc() as site, folders(site.home, USER) as place:
        internal = InternalConfig("arc", run_as=USER, conf=site.config)
        batch: Batch = InternalBatch(internal, SystemClock(), place.home / "internal")
        each = _rate(batch, place, SINGLES, 1)
        began = time.monotonic()
        runs, bulk = _submitted(batch, place, jobs, jobs)
        figure("INTERNAL, a call a job", each, None, None, "jobs/s", peer="3-4.5; arcsub 2-6")
        figure("INTERNAL, in bulk", bulk, None, None, "jobs/s", peer="90-330")
        figure("  times as quick", bulk / each, ">=", GOAL_TIMES, "x")
        alone = _ended(batch, runs) - began
        ours = _through(site.config, place, jobs)
        figure(f"{jobs} jobs to their end, A-REX itself", alone, None, None, "s")
        figure(f"{jobs} jobs to their end, asked of us", ours, None, None, "s", peer="256 by aCT")
        figure("  times as long", ours / alone, "<=", GOAL_END, "x")
        _rest(site, place, jobs)


def _rest(site: "object", place: Folders, jobs: int) -> None:
    from certificates import proxy

    authority = site.authority  # type: ignore[attr-defined]
    pem = proxy(authority.person("alice", "/DC=test/CN=Alice"), "alice-proxy").pem
    config = RestConfig("arc", url=site.url, proxy=pem, ca_dir=authority.directory)  # type: ignore[attr-defined]
    batch: Batch = RestBatch(config, SystemClock(), place.home / "rest")
    _submitted(batch, place, 1, 1)  # the line is open now
    runs, rate = _submitted(batch, place, jobs, jobs)
    figure("REST, in bulk", rate, ">=", GOAL_REST, "jobs/s", peer="18-20 one POST each")
    _ended(batch, runs)
    batch.close()


def _rate(batch: Batch, place: Folders, jobs: int, at_once: int) -> float:
    return _submitted(batch, place, jobs, at_once)[1]


def _submitted(
    batch: Batch, place: Folders, jobs: int, at_once: int
) -> tuple[dict[str, Path], float]:
    """Handles with their folders, and how many a second."""
    tasks, runs = place.tasks(jobs, TRUE), {}
    began = time.monotonic()
    for n in range(0, jobs, at_once):
        some = tasks[n : n + at_once]
        taken = batch.submit(some)
        runs |= {taken[each.key].handle: each.folder for each in some}
    return runs, jobs / (time.monotonic() - began)


def _ended(batch: Batch, runs: dict[str, Path], limit_s: float = 300) -> float:
    """When all are over."""
    end = time.monotonic() + limit_s
    while not all(sight.state in ENDED for sight in batch.look(runs).values()):
        assert time.monotonic() < end, "A-REX did not end them"
        time.sleep(0.5)
    return time.monotonic()


def _through(config: Path, place: Folders, jobs: int) -> float:
    """Seconds from asking the product until it says that all are done."""
    work = place.home / "work"
    work.mkdir()
    said = {"kind": "arc_internal", "conf": str(config), "run_as": USER, "work": str(work)}
    clusters = json.dumps({"arc": said})
    with (
        bench_node(worker=True, WAYSTATION_JOBS__CLUSTERS=clusters) as node,
        node.client() as http,
    ):
        known(node, http)
        began = time.monotonic()
        answer = http.post("/api/v1/job-requests", json={"command": list(TRUE), "count": jobs})
        path = f"/api/v1/job-requests/{answer.json()['request']['id']}"
        while (told := http.get(path).json()["request"])["state"] not in {"done", "failed"}:
            assert time.monotonic() < began + 300, told
            time.sleep(0.2)
        assert told["done"] == jobs, told
        return time.monotonic() - began


if __name__ == "__main__":
    assert os.geteuid() == 0, "root starts an A-REX"
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
