"""`act sub`: jobs are made, their inputs uploaded, then they are confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from waystation_client.act import descriptions
from waystation_client.act.descriptions import Job
from waystation_client.act.errors import ActError
from waystation_client.act.saying import say
from waystation_client.act.tower import BATCH, Tower
from waystation_client.act.webdav import Folder


@dataclass
class Submitted:
    """What became of a job.

    Attributes:
        path: file of its description.
        job: as read; None when it could not be.
        name: that it has.
        number: that the server gave; 0 of none.
        words: why it was not submitted; empty when it was.
    """

    path: str
    job: Job | None = None
    name: str = ""
    number: int = 0
    words: str = ""


def submit(
    tower: Tower, paths: Sequence[str], clusters: Sequence[str], folder: Folder | None
) -> list[Submitted]:
    """Submit the jobs of these files.

    Args:
        tower: the server.
        paths: of the files.
        clusters: that may run them.
        folder: where inputs go; None is to the server.

    Raises:
        ActError: the server does not answer, or refuses all of them.
    """
    every = [each for path in paths for each in _read(path)]
    for at in range(0, len(every), BATCH):
        say("Submitting batch of 100 jobs ...")
        _batch(tower, [e for e in every[at : at + BATCH] if not e.words], clusters, folder)
    return every


def _read(path: str) -> list[Submitted]:
    try:
        jobs = descriptions.read(Path(path).read_text())
    except (OSError, UnicodeDecodeError, ActError) as problem:
        return [Submitted(path, words=str(problem))]
    return [Submitted(path, job, job.name) for job in jobs]


def _batch(
    tower: Tower, some: list[Submitted], clusters: Sequence[str], folder: Folder | None
) -> None:
    if not some:
        return
    made = tower.call("POST", "/jobs", [{"clusterlist": list(clusters)} for _ in some])
    assert isinstance(made, list)
    texts: list[tuple[Submitted, str]] = []
    for each, told in zip(some, made, strict=True):
        each.words, each.number = str(told.get("msg", "")), int(told.get("id", 0))
        if not each.words:
            try:
                texts.append((each, _uploaded(tower, each, folder)))
            except (ActError, OSError) as problem:
                each.words = str(problem)
    if not texts:
        return
    try:
        told = tower.call("PUT", "/jobs", [{"id": e.number, "desc": text} for e, text in texts])
    except ActError as problem:
        for each, _ in texts:
            each.words = str(problem)
        return
    assert isinstance(told, list)
    for (each, _), answer in zip(texts, told, strict=True):
        each.name, each.words = str(answer.get("name", each.name)), str(answer.get("msg", ""))


def _uploaded(tower: Tower, each: Submitted, folder: Folder | None) -> str:
    """The description, once its inputs are where the job finds them."""
    assert each.job is not None
    addresses = {}
    for name, path in each.job.local().items():
        place = Path(path)
        if not place.is_file():
            raise ActError(f"Given path {path} is not a file")
        if folder is None:
            tower.put(each.number, name, place)
        else:
            addresses[name] = folder.put(each.number, name, place)
    return each.job.elsewhere(addresses)
