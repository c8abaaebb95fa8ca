"""A job as a batch system is given it."""

from pathlib import Path

from waystation.domains.jobs import rules
from waystation.domains.jobs.controller.desk import Cluster
from waystation.domains.jobs.entities import Input, Task, Wish
from waystation.domains.jobs.store.gathering import Asked
from waystation.kernel.database import Row


def folder(cluster: Cluster, row: Row) -> Path:
    """Of the run that a job has now; each run has its own."""
    return cluster.work / str(row["request_id"]) / f"{row['n']}-{row['attempt']}"


def task(cluster: Cluster, row: Row, asked: Asked) -> Task:
    """The run that a job has now."""
    wish, slots = asked.wish, _slots(row)
    environment = {
        **{name: rules.word(wish, text, **slots) for name, text in wish.environment.items()},
        "WAYSTATION_REQUEST": str(slots["request"]),
        "WAYSTATION_JOB": str(slots["n"]),
        "WAYSTATION_CPUS": str(wish.resources.cpus),
    }
    return Task(
        key=f"ws{asked.id}-{asked.token}-{row['n']}-{row['attempt']}",
        name=asked.name,
        command=tuple(rules.word(wish, word, **slots) for word in wish.command),
        environment=environment,
        folder=folder(cluster, row),
        resources=wish.resources,
        queue=wish.queue,
        project=wish.project,
        outputs=wish.outputs,
        around=_around(cluster, wish.container),
    )


def inputs(row: Row, wish: Wish) -> tuple[Input, ...]:
    """What a job finds in its folder."""
    return rules.inputs(wish, **_slots(row))


def prefix(row: Row, wish: Wish) -> str:
    """The folder in the space where outputs of a job go."""
    return rules.word(wish, wish.prefix, **_slots(row)).strip("/")


def _around(cluster: Cluster, image: str) -> tuple[str, ...]:
    if not image:
        return ()
    return tuple(word.replace("{image}", image) for word in cluster.container)


def _slots(row: Row) -> rules.Slots:
    item = row["item"]
    return {
        "request": int(str(row["request_id"])),
        "n": int(str(row["n"])),
        "item": None if item is None else str(item),
    }
