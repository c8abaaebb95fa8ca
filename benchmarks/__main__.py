"""Every speed claim, one after the other; `python -m benchmarks.NAME` for one."""

import runpy

CLAIMS = (
    "benchmarks.service.status",
    "benchmarks.service.submit",
    "benchmarks.service.completions",
    "benchmarks.service.idle",
    "benchmarks.service.wlcg",
    "benchmarks.service.kafka",
    "benchmarks.service.callback",
    "benchmarks.service.mwa",
    "benchmarks.service.ltfsee",
    "benchmarks.service.data_host",
    "benchmarks.service.movers",
    "benchmarks.service.memory",
    "benchmarks.service.small_files",
    "benchmarks.replication.small_files",
    "benchmarks.jobs.taking",
    "benchmarks.jobs.slurm",
    "benchmarks.jobs.arc",
    "benchmarks.replication.flat",
    "benchmarks.replication.uploads",
    "benchmarks.replication.looks",
    "benchmarks.replication.large_file",
    "benchmarks.replication.search",
    "benchmarks.tapebench.plans",
    "benchmarks.tapebench",
    "benchmarks.eta",
)

for claim in CLAIMS:
    print(f"\n== {claim}")
    runpy.run_module(claim, run_name="__main__", alter_sys=True)
