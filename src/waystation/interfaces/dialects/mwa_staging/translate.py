"""Names to paths and back, rows to answers. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from waystation.domains.catalogue.door import sift
from waystation.interfaces.dialects.mwa_staging.terms import job_of, labelled
from waystation.interfaces.dialects.mwa_staging.wire import JobStatus, Statistics
from waystation.kernel.database import Row

ACTIVE = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """Where names are.

    Attributes:
        base: directory that names are relative to, without a slash at its end.
        root: of the store.
    """

    base: str
    root: str

    def path(self, name: str) -> str:
        """The path that a name means; absolute ones below the base mean themselves."""
        if name.startswith(f"{self.base}/"):
            return name
        return f"{self.base}/{name.removeprefix('/')}"

    def name(self, path: str) -> str:
        """The name that a path has for clients."""
        return path.removeprefix(f"{self.base}/")

    def paths(self, names: Sequence[str]) -> tuple[list[str], bool]:
        """What names mean, in order; and whether every path gives its name back."""
        below = f"{self.base}/"
        if any(name.startswith(("/", below)) for name in names):
            return [self.path(name) for name in names], False
        return [below + name for name in names], True

    def odd(self, names: Sequence[str]) -> tuple[list[tuple[str, str]], int]:
        """What has to be kept of a list of names.

        Returns:
            (name, path) of names that the path does not give back, the path empty where there can
            be none; how many files there can be.
        """
        once = list(dict.fromkeys(names))
        paths = [self.path(name) for name in once]
        good, refused, _ = sift(paths, self.root)
        bad = {refusal.path for refusal in refused}
        pairs = [
            # PostgreSQL has no text with a zero byte.
            (name.replace("\0", "�"), "" if path in bad else path)
            for name, path in zip(once, paths, strict=True)
            if path in bad or self.name(path) != name
        ]
        return pairs, len(good)


def status(job_id: int, row: Row) -> JobStatus:
    """A job from its request's row, without its files."""
    refused, last = _number(row, "refused"), row["last_online"]
    return JobStatus(
        job_id=job_id,
        created=_epoch(row["created"]),
        completed=row["state"] != ACTIVE,
        total_files=_number(row, "files") + refused,
        ready_files=_number(row, "ready"),
        error_files=_number(row, "n_failed") + refused,
        last_readytime=_epoch(last) if last else 0,
    )


def looking(job_id: int, created: datetime) -> JobStatus:
    """A job whose observation is still being looked up."""
    return JobStatus(job_id, _epoch(created), False, 0, 0, 0, 0)


def with_files(
    found: JobStatus, listed: Row, odd: Sequence[tuple[str, str]], tree: Tree
) -> JobStatus:
    """The same with its files; the moment of the last counts errors too then.

    Args:
        found: the job.
        listed: of the statement `by_path`: `files` is a JSON object as text.
        odd: (name, path) of names that paths do not give back.
        tree: where names are.
    """
    text = str(listed["files"] or "{}")
    files: msgspec.Raw | dict[str, tuple[bool, bool, int | None]] = msgspec.Raw(text.encode())
    if odd:
        known = msgspec.json.decode(text, type=dict[str, tuple[bool, bool, int | None]])
        for name, path in odd:
            known[name] = known.pop(tree.name(path), (False, True, found.created))
        files = known
    last = int(str(listed["last"] or 0))
    return msgspec.structs.replace(found, files=files, last_readytime=last)


def job_list(found: Iterable[Row], tree: Tree) -> dict[str, list[object]]:
    """Eight values a job; the two moments are decimal numbers as text, as they always were."""
    return {
        str(job_id): [
            job_id,
            _decimal(row["created"]),
            _number(row, "ready"),
            _number(row, "files") + _number(row, "refused"),
            row["state"] != ACTIVE,
            None if row["last_online"] is None else _decimal(row["last_online"]),
            _number(row, "n_failed") + _number(row, "refused"),
            tree.name(str(row["sample"])),
        ]
        for row in found
        if (job_id := job_of(str(row["external_id"]))) is not None
    }


def failed_list(found: Iterable[Row]) -> dict[str, list[object]]:
    """Seven values a failed job: its id, when it ended, and five zeros. The newest of an id."""
    jobs: dict[str, list[object]] = {}
    for row in found:
        job_id = labelled(str(row["label"]))
        if job_id is not None:
            jobs.setdefault(str(job_id), [job_id, _epoch(row["finished"]), 0, 0, 0, 0, 0])
    return jobs


def failed_job(job_id: int, row: Row, names: Sequence[str]) -> JobStatus:
    """What the report of a failed job said: the files that did not come."""
    ended = _epoch(row["finished"])
    return JobStatus(
        job_id=job_id,
        created=0,
        completed=False,
        total_files=_number(row, "files") + _number(row, "refused"),
        ready_files=0,
        error_files=len(names),
        last_readytime=ended,
        files=dict.fromkeys(names, (False, True, ended)),
    )


def statistics(totals: Row, system: Row | None, disk: Mapping[str, int]) -> Statistics:
    """The whole service.

    Args:
        totals: of the statement `totals`.
        system: of the statement `heartbeat`; None when no worker was there yet.
        disk: `totdatasz` and `availdatasz` of the store's disk, as far as they can be seen.
    """
    found = Statistics(
        completed_jobs=_number(totals, "ended"),
        incomplete_jobs=_number(totals, "active"),
        ready_files=_number(totals, "ready"),
        error_files=_number(totals, "failed"),
        waiting_files=_number(totals, "waiting"),
        last_message=_seconds(totals["last_online"]),
        kafkad_heartbeat=None,
        totdatasz=disk.get("totdatasz", 0),
        availdatasz=disk.get("availdatasz", 0),
    )
    if system is None:
        return found
    up = bool(system["up"])
    return msgspec.structs.replace(
        found,
        kafkad_heartbeat=_seconds(system["seen"]),
        kafka_alive=up and bool(system["recent"]) and not system["news"],
        health=1 if up and not system["news"] else 2 if up else 3,
        healthstatus=str(system["news"] or system["message"] or "ok"),
    )


def _number(row: Row, name: str) -> int:
    found = row[name]
    assert isinstance(found, int)
    return found


def _epoch(moment: object) -> int:
    assert isinstance(moment, datetime)
    return int(moment.timestamp())


def _seconds(moment: object) -> float | None:
    return float(_epoch(moment)) if moment is not None else None


def _decimal(moment: object) -> str:
    """As PostgreSQL's `extract(epoch …)` writes it: six places."""
    assert isinstance(moment, datetime)
    return f"{moment.timestamp():.6f}"
