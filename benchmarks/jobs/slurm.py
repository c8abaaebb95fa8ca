"""A real Slurm on this machine: what we add to sbatch, and what a look at many runs costs.

Goals (issue of jobs): from submit to running within 1 s of what `sbatch` alone takes; looking at
10,000 runs <= 1 s of CPU. Beside: 200 sbatch took 1.04 s, one array of 200 took 7 ms
(contracts/arc-and-act.md M).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.jobs.sites import Folders, folders, slurm
from benchmarks.jobs.taking import known
from benchmarks.node import bench_node
from benchmarks.say import figure
from waystation.backends.batch.slurm.batch import SlurmBatch
from waystation.backends.batch.slurm.config import SlurmConfig
from waystation.domains.jobs.entities import RunState

USER, ROUNDS = "games", 5
GOAL_S, GOAL_LOOK_S = 1.0, 1.0
SAY = 'date +%s.%N > "$0"'


def main(runs: int = 10_000) -> None:
    with slurm() as site, folders(site.home, USER) as place:
        alone = statistics.median(_sbatch(site.config, place, n) for n in range(ROUNDS))
        ours = statistics.median(_through(site.config, place))
        figure("sbatch -> running", alone, None, None, "s")
        figure("asked of us -> running", ours - alone, "<=", GOAL_S, "s more")
        _many(site.config, place, runs)


def _began(file: Path, asked: float, limit_s: float = 60) -> float:
    end = time.monotonic() + limit_s
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < end, f"{file} did not come"
        time.sleep(0.01)
    return float(file.read_text()) - asked


def _sbatch(config: Path, place: Folders, n: int) -> float:
    """Seconds from sbatch to the first command of the job."""
    file = place.home / f"alone-{n}"
    asked = time.time()
    words = ["sbatch", "--uid", USER, "-o", "/dev/null", "--wrap", f"sh -c '{SAY}' {file}"]
    env = {"PATH": "/usr/bin:/bin", "SLURM_CONF": str(config)}
    subprocess.run(words, check=True, env=env, capture_output=True, cwd=place.home)
    return _began(file, asked)


def _through(config: Path, place: Folders) -> list[float]:
    """The same through the product: its API, a worker, and the guard beside each run."""
    work = place.home / "work"
    work.mkdir()
    said = {"kind": "slurm", "conf": str(config), "run_as": USER, "work": str(work)}
    with (
        bench_node(worker=True, WAYSTATION_JOBS__CLUSTERS=json.dumps({"farm": said})) as node,
        node.client() as http,
    ):
        known(node, http)
        took = []
        for n in range(ROUNDS):
            file = place.home / f"through-{n}"
            asked = time.time()
            body = {"command": ["/bin/sh", "-c", SAY, str(file)]}
            answer = http.post("/api/v1/job-requests", json=body)
            assert answer.is_success, answer.text
            took.append(_began(file, asked))
    return took


def _many(config: Path, place: Folders, runs: int) -> None:
    """Submit and look at many runs that wait."""
    batch = SlurmBatch(
        SlurmConfig("farm", conf=config, run_as=USER, options=("--hold",)), place.home / "state"
    )
    tasks = place.tasks(runs, ["/bin/true"])
    began = time.monotonic()
    handles: dict[str, Path] = {}
    for n in range(0, runs, 1_000):
        some = {each.key: each.folder for each in tasks[n : n + 1_000]}
        taken = batch.submit(tasks[n : n + 1_000])
        handles |= {told.handle: some[key] for key, told in taken.items()}
    figure(f"{len(handles):,} runs submitted", len(handles) / (time.monotonic() - began), None,
           None, "runs/s", peer="193 by sbatch each")  # fmt: skip
    spent = _spent()
    began = time.monotonic()
    seen = batch.look(handles)
    assert {each.state for each in seen.values()} == {RunState.HELD}, "a line of squeue each"
    figure("  a look at all: CPU, squeue's too", _spent() - spent, "<=", GOAL_LOOK_S, "s")
    figure("  a look at all", time.monotonic() - began, None, None, "s")
    batch.close()


def _spent() -> float:
    """CPU seconds of this process and its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    assert os.geteuid() == 0, "root starts a Slurm"
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
