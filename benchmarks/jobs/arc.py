"""A real A-REX on this machine: bulk submission by both interfaces, and 50 jobs to their end.

Goals (issue of jobs): INTERNAL in bulk >= 10 times one call a job (90-330 against 3-4.5 jobs/s were
seen, `arcsub` each 2-6); REST in bulk >= 150 jobs/s; 50 trivial jobs within 1.2 times of what
A-REX itself takes (aCT: 256 s). Peers from contracts/arc-and-act.md M.

A-REX looks for ended processes one after the other and then sleeps for ten seconds, so that the
same 50 jobs take it 20 or 30 seconds by when that look falls. Both ways are therefore taken in
turns; and what it took for jobs that were asked of us is also read from its own log of them.
"""

import json
import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from real.arc_site import ArcSite

USER, SINGLES, ROUNDS, TRUE = "games", 5, 3, ("/bin/true",)
GOAL_TIMES, GOAL_REST, GOAL_END = 10.0, 150.0, 1.2


def main(jobs: int = 50) -> None:
    with arc() as site, folders(site.home, USER) as place:
        internal = InternalConfig("arc", run_as=USER, conf=site.config)
        batch: Batch = InternalBatch(internal, SystemClock(), place.home / "internal")
        each = _rate(batch, place, SINGLES, 1)
        bulk = _to_the_end(site, batch, place, jobs)
        figure("INTERNAL, a call a job", each, None, None, "jobs/s", peer="3-4.5; arcsub 2-6")
        figure("INTERNAL, in bulk", bulk, None, None, "jobs/s", peer="90-330")
        figure("  times as quick", bulk / each, ">=", GOAL_TIMES, "x")
        _rest(site, place, jobs)


def _to_the_end(site: "ArcSite", batch: Batch, place: Folders, jobs: int) -> float:
    """Both ways in turns to the end of all jobs; says how quickly they were submitted in bulk."""
    alone, ours, own, rates = list[float](), list[float](), list[float](), list[float]()
    for _ in range(ROUNDS):
        began = time.monotonic()
        runs, rate = _submitted(batch, place, jobs, jobs)
        rates.append(rate)
        alone.append(_ended(batch, runs) - began)
        known_before = _finished(site)
        ours.append(_through(site.config, place, jobs))
        own.append(_span(site, known_before))
    figure(f"{jobs} jobs to their end, A-REX itself", median(alone), None, None, "s")
    figure(
        f"{jobs} jobs to their end, asked of us", median(ours), None, None, "s", peer="256 by aCT"
    )
    figure("  A-REX' own log of these", median(own), None, None, "s")
    ratios = [mine / its for mine, its in zip(ours, own, strict=True)]
    figure("  times as long as its log says", median(ratios), "<=", GOAL_END, "x")
    figure("  times as long as alone", sum(ours) / sum(alone), "<=", GOAL_END, "x")
    return median(rates)


def _finished(site: "ArcSite") -> int:
    return (site.home / "log" / "jobs.log").stat().st_size


def _span(site: "ArcSite", since: int) -> float:
    """Seconds from the first start to the last end in A-REX' own log, from this byte of it."""
    lines = (site.home / "log" / "jobs.log").read_bytes()[since:].decode().splitlines()
    times = [datetime.fromisoformat(line[:19]) for line in lines]
    return (max(times) - min(times)).total_seconds()


def _rest(site: "ArcSite", place: Folders, jobs: int) -> None:
    from certificates import proxy

    authority = site.authority
    pem = proxy(authority.person("alice", "/DC=test/CN=Alice"), "alice-proxy").pem
    config = RestConfig("arc", url=site.url, proxy=pem, ca_dir=authority.directory)
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
    work = Path(tempfile.mkdtemp(prefix="work-", dir=place.home))
    work.chmod(0o755)
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
