"""Access point and collector, with the calls of the bindings' `Schedd` and `Collector`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import classad2
import htcondor2

from waystation_sim.condor.pool import HELD, REMOVED, Job, Pool, opened
from waystation_sim.condor.words import variables, words

_MEMORY = 8192
_LOCAL = {"MyAddress": "<127.0.0.1:0>", "CondorVersion": "look-alike", "Name": "here"}


class Result:
    """What became of a submission, as `SubmitResult` tells it."""

    def __init__(self, cluster: int, number: int) -> None:
        self.cluster: Callable[[], int] = lambda: cluster
        self.first_proc: Callable[[], int] = lambda: 0
        self.num_procs: Callable[[], int] = lambda: number


class Schedd:
    """An access point."""

    home: Path

    def __init__(self, location: object = None) -> None:
        del location

    def submit(self, description: Any, itemdata: Iterator[dict[str, str]]) -> Result:  # noqa: ANN401 - of the bindings
        """Take a cluster of jobs: all of them or none."""
        text = "".join(f"{name} = {value}\n" for name, value in description.items())
        with asked(self.home) as pool:
            pool.cluster += 1
            jobs = [made(text, pool.cluster, n, item) for n, item in enumerate(itemdata)]
            for each in jobs:
                pool.add(each)
            pool.move()
            lost, pool.lose = pool.lose > 0, max(0, pool.lose - 1)
            number = pool.cluster
        if lost:
            os._exit(1)
        return Result(number, len(jobs))

    def query(self, constraint: str, projection: list[str]) -> list[Any]:
        """Jobs of the queue."""
        del projection
        with asked(self.home) as pool:
            apply_rules(pool)
            pool.move()
            return chosen(pool.queue, constraint)

    def history(self, constraint: str, projection: list[str], match: int) -> list[Any]:
        """Jobs that left it, the last first."""
        del projection
        with asked(self.home) as pool:
            return chosen(pool.past, constraint)[::-1][:match]

    def act(self, action: int, job_spec: list[str]) -> Any:  # noqa: ANN401 - of the bindings
        """Remove jobs."""
        assert action == htcondor2.JobAction.Remove
        with asked(self.home) as pool:
            done = [pool.remove(each, "Python-initiated action (by user tests)")
                    for each in job_spec]  # fmt: skip
            pool.move()
        return classad2.ClassAd(
            {
                "TotalSuccess": sum(done),
                "TotalNotFound": len(done) - sum(done),
                "TotalPermissionDenied": 0,
            }
        )


class Collector:
    """Of a pool with one machine."""

    home: Path

    def __init__(self, pool: str | None = None) -> None:
        del pool

    def locate(self, daemon_type: int, name: str | None = None) -> Any:  # noqa: ANN401 - of the bindings
        """An access point."""
        del daemon_type
        return classad2.ClassAd(_LOCAL) if name in {None, "here"} else None

    def query(self, ad_type: int, projection: list[str]) -> list[Any]:
        """What is left of the machine and each slot of it in use; or the access point."""
        del projection
        with asked(self.home) as pool:
            used = len(pool.running)
            if ad_type == htcondor2.AdType.Schedd:
                idle = len(pool.queue) - used
                return [classad2.ClassAd({**_LOCAL, "TotalIdleJobs": idle,
                                          "TotalRunningJobs": used})]  # fmt: skip
            whole = {"Machine": "node.example.org", "TotalCpus": float(pool.slots),
                     "TotalMemory": _MEMORY}  # fmt: skip
            left = classad2.ClassAd({**whole, "State": "Unclaimed", "Cpus": pool.slots - used})
            parts = [classad2.ClassAd({**whole, "State": "Claimed", "Cpus": 1})] * used
            return [left, *parts]


def asked(home: Path) -> Any:  # noqa: ANN401 - a context
    """The pool, when it answers."""
    if (home / "away").exists():
        raise htcondor2.HTCondorException("Failed to connect to schedd")
    return opened(home)


def made(text: str, cluster: int, proc: int, item: dict[str, str]) -> Job:
    """A job, by the real bindings' reading of a description."""
    said = htcondor2.Submit(text)
    if any("\n" in each for each in (*item, *item.values())):
        raise ValueError("itemdata values must not contain newlines")
    for name, value in {**item, "ClusterId": str(cluster), "ProcId": str(proc)}.items():
        said[name] = value
    ad: dict[str, Any] = {"ClusterId": cluster, "ProcId": proc}
    ad["RequestCpus"] = int(said.expand("request_cpus"))
    for name in said:
        if name.lower().startswith("my."):
            ad[name[3:]] = classad2.ExprTree(said.expand(name)).eval()
    rules = {"PeriodicRemove": said.expand("periodic_remove")}
    argv = [said.expand("executable"), *words(said.expand("arguments"))]
    return Job(ad, rules, argv, variables(said.expand("environment")))


def apply_rules(pool: Pool) -> None:
    """Remove what its own rule wants removed, as the access point does once a minute.

    A rule that cannot be told has its job held (`UserPolicy` in HTCondor's sources).
    """
    for job in list(pool.queue.values()):
        if job.ad["JobStatus"] in {HELD, REMOVED}:
            continue
        rule = classad2.ExprTree(job.rules["PeriodicRemove"])
        said = rule.eval(classad2.ClassAd(job.ad))
        words = f"The job attribute PeriodicRemove expression '{rule}' evaluated to"
        if said is True:
            pool.remove(job.name, f"{words} TRUE")
        elif said is not False:
            pool.hold(job.name, 5, f"{words} UNDEFINED")


def chosen(jobs: dict[str, Job], constraint: str) -> list[Any]:
    """Ads of jobs for which it holds."""
    rule = classad2.ExprTree(constraint)
    ads = [classad2.ClassAd(each.ad) for each in jobs.values()]
    return [each for each in ads if rule.eval(each) is True]


def serve(home: str, program: str) -> None:
    """Run a program whose bindings lead here."""
    for each in (Schedd, Collector):
        each.home = Path(home)
        setattr(htcondor2, each.__name__, each)
    exec(program, {"__name__": "__main__"})  # noqa: S102
