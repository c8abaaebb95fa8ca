"""Reading requests and their jobs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from waystation.domains.jobs.states import ACTIVE, JobState
from waystation.domains.jobs.views import (
    ClusterView,
    JobRequestView,
    JobView,
    MakerView,
    OutputView,
    RunView,
)
from waystation.kernel.database import Row, Statement

if TYPE_CHECKING:
    from datetime import datetime

_JOBS = """
  SELECT j.*, coalesce(c.name, '') AS cluster
  FROM jobs_job j LEFT JOIN jobs_cluster c ON c.id = j.cluster_id
"""


def one(request: int) -> Statement:
    """A request."""
    return Statement("SELECT * FROM jobs_request WHERE id = %(id)s", {"id": request})


def by_key(owner: int, key: str) -> Statement:
    """An owner's request by its own name."""
    sql = "SELECT * FROM jobs_request WHERE owner_id = %(owner)s AND key = %(key)s"
    return Statement(sql, {"owner": owner, "key": key})


def page(*, owner: int | None, which: str, before: int | None, limit: int) -> Statement:
    """Requests, newest first: `open`, `ended`, `failed` or `all`."""
    sql = f"""
      SELECT * FROM jobs_request
      WHERE (%(owner)s::int IS NULL OR owner_id = %(owner)s)
        AND (%(before)s::bigint IS NULL OR id < %(before)s) AND {_WHICH[which]}
      ORDER BY id DESC LIMIT %(limit)s
    """
    return Statement(sql, {"owner": owner, "before": before, "limit": limit})


_WHICH = {
    "all": "true",
    "open": "finished IS NULL",
    "ended": "finished IS NOT NULL",
    "failed": "n_failed > 0",
}
WHICH = tuple(_WHICH)


def jobs(request: int, *, after: int, limit: int, state: JobState | None) -> Statement:
    """Jobs of a request, by number."""
    sql = (
        _JOBS
        + """
      WHERE j.request_id = %(id)s AND j.n > %(after)s
        AND (%(state)s::int IS NULL OR j.state = %(state)s)
      ORDER BY j.n LIMIT %(limit)s
    """
    )
    code = None if state is None else int(state)
    return Statement(sql, {"id": request, "after": after, "limit": limit, "state": code})


def job(request: int, n: int) -> Statement:
    """One job."""
    sql = _JOBS + " WHERE j.request_id = %(id)s AND j.n = %(n)s"
    return Statement(sql, {"id": request, "n": n})


def firsts(owner: int, requests: Sequence[int]) -> Statement:
    """The first job of each of these requests of an owner, by request."""
    sql = (
        _JOBS
        + """
      WHERE j.n = 1 AND j.request_id IN (
        SELECT id FROM jobs_request WHERE id = ANY(%(ids)s) AND owner_id = %(owner)s)
    """
    )
    return Statement(sql, {"ids": list(requests), "owner": owner})


def runs(request: int, *, after: tuple[int, int], limit: int) -> Statement:
    """Runs of a request that are over, by job and attempt."""
    sql = """
      SELECT r.*, coalesce(c.name, '') AS cluster
      FROM jobs_run r LEFT JOIN jobs_cluster c ON c.id = r.cluster_id
      WHERE r.request_id = %(id)s AND (r.n, r.attempt) > (%(n)s, %(attempt)s)
      ORDER BY r.n, r.attempt LIMIT %(limit)s
    """
    return Statement(sql, {"id": request, "n": after[0], "attempt": after[1], "limit": limit})


def outputs(request: int, *, after: tuple[int, str], limit: int) -> Statement:
    """What a request left, by job and name."""
    sql = """
      SELECT * FROM jobs_output
      WHERE request_id = %(id)s AND (n, name) > (%(n)s, %(name)s)
      ORDER BY n, name LIMIT %(limit)s
    """
    return Statement(sql, {"id": request, "n": after[0], "name": after[1], "limit": limit})


def made(entry: int) -> Statement:
    """The job that made a file of a space: where it comes from."""
    sql = """
      SELECT o.*, r.owner_id, r.name AS request_name, r.wish FROM jobs_output o
      JOIN jobs_request r ON r.id = o.request_id WHERE o.entry_id = %(entry)s
      ORDER BY o.job_id DESC LIMIT 1
    """
    return Statement(sql, {"entry": entry})


def names() -> Statement:
    """Names of clusters, without what they have."""
    return Statement("SELECT name FROM jobs_cluster", {})


def clusters() -> Statement:
    """Clusters with what they have of ours."""
    codes = ", ".join(f"{state:d}" for state in ACTIVE)
    sql = f"""
      SELECT c.*, coalesce(m.mine, '{{}}'::jsonb) AS mine FROM jobs_cluster c LEFT JOIN (
        SELECT cluster_id, jsonb_object_agg(state, jobs) AS mine FROM (
          SELECT cluster_id, state, count(*) AS jobs FROM jobs_job
          WHERE state IN ({codes}) AND due IS NOT NULL GROUP BY cluster_id, state) s
        GROUP BY cluster_id) m ON m.cluster_id = c.id
      ORDER BY c.name
    """
    return Statement(sql, {})


def maker_view(row: Row, *, mine: bool) -> MakerView:
    """The job of a file from its row."""
    wish = cast("Mapping[str, object]", row["wish"])
    return MakerView(
        request=_int(row, "request_id"),
        n=_int(row, "n"),
        name=str(row["request_name"]),
        command=cast("list[str]", wish["command"]) if mine else (),
        container=str(wish.get("container", "")) if mine else "",
        mine=mine,
    )


def request_view(row: Row) -> JobRequestView:
    """A request from its row."""
    wish = cast("Mapping[str, object]", row["wish"])
    return JobRequestView(
        id=_int(row, "id"),
        name=str(row["name"]),
        owner_id=_int(row, "owner_id"),
        state=_state(row),
        words=str(row["words"]),
        created=cast("datetime", row["created"]),
        finished=cast("datetime | None", row["finished"]),
        jobs=_int(row, "jobs"),
        waiting=_int(row, "n_waiting"),
        sent=_int(row, "n_sent"),
        running=_int(row, "n_running"),
        done=_int(row, "n_done"),
        failed=_int(row, "n_failed"),
        cancelled=_int(row, "n_cancelled"),
        command=cast("list[str]", wish["command"]),
        space=str(wish["space"]),
        prefix=str(wish["prefix"]),
        clusters=cast("list[str]", row["clusters"]),
        cpus=_int(row, "cpus"),
        container=str(wish.get("container", "")),
        staged=cast("list[int]", row["staged"]),
        let_go=cast("datetime | None", row["let_go"]),
    )


def job_view(row: Row) -> JobView:
    """A job from its row."""
    return JobView(
        n=_int(row, "n"),
        item=cast("str | None", row["item"]),
        state=JobState(_int(row, "state")).name.lower(),
        words=str(row["words"]),
        blame=str(row["blame"]),
        cluster=str(row["cluster"]),
        foreign=str(row["foreign_state"]),
        handle=str(row["handle"]),
        node=str(row["node"]),
        attempt=_int(row, "attempt"),
        exit_code=cast("int | None", row["exit_code"]),
        ready=cast("datetime | None", row["ready"]),
        sent=cast("datetime | None", row["sent"]),
        began=cast("datetime | None", row["began"]),
        ended=cast("datetime | None", row["ended"]),
        changed=cast("datetime", row["changed"]),
        cpu_s=cast("float | None", row["cpu_s"]),
        peak=cast("int | None", row["peak"]),
        stopping=bool(row["stop"]),
    )


def run_view(row: Row) -> RunView:
    """A run from its row."""
    return RunView(
        n=_int(row, "n"),
        attempt=_int(row, "attempt"),
        cluster=str(row["cluster"]),
        outcome=str(row["outcome"]),
        blame=str(row["blame"]),
        exit_code=cast("int | None", row["exit_code"]),
        words=str(row["words"]),
        node=str(row["node"]),
        sent=cast("datetime | None", row["sent"]),
        began=cast("datetime | None", row["began"]),
        ended=cast("datetime", row["ended"]),
    )


def output_view(row: Row) -> OutputView:
    """A file that a job left, from its row."""
    names = ("name", "space", "path", "sha256", "words")
    return OutputView(
        n=_int(row, "n"), size=_int(row, "size"), **{name: str(row[name]) for name in names}
    )


def cluster_view(row: Row) -> ClusterView:
    """A cluster from its row."""
    mine = cast("Mapping[str, int]", row["mine"])
    return ClusterView(
        name=str(row["name"]),
        kind=str(row["kind"]),
        state=_standing(row),
        words=str(row["words"]),
        slots=cast("int | None", row["slots"]),
        free=cast("int | None", row["free"]),
        queued=_int(row, "queued"),
        running=_int(row, "running"),
        mine={JobState(int(code)).name.lower(): jobs for code, jobs in mine.items()},
        most=_int(row, "most"),
        seen=cast("datetime | None", row["seen"]),
    )


def _standing(row: Row) -> str:
    if row["drained"]:
        return "drained"
    if row["open"]:
        return "open"
    return "silent" if row["words"] or row["seen"] is None else "closed"


def _state(row: Row) -> str:
    if row["finished"] is None:
        return "running" if _int(row, "n_sent") + _int(row, "n_running") else "waiting"
    if row["n_failed"]:
        return "failed"
    return "cancelled" if row["n_cancelled"] else "done"


def _int(row: Row, name: str) -> int:
    return int(str(row[name]))
