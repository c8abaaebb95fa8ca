"""SENT lists are looked at: news of files is checked on disk, then written down in bulk."""

from collections.abc import Mapping
from datetime import datetime

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.entities import FileOutcome, ListReport, ListState, Outcome
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.queries import planning
from waystation.domains.staging.queries.cells import number
from waystation.domains.staging.states import ListStage
from waystation.domains.staging.store import lists, outcomes
from waystation.domains.staging.store.lists import OpenList
from waystation.domains.staging.store.outcomes import Failure
from waystation.kernel.database import Connection

NOT_THERE = "The tape system called it recalled, but it is not on disk."
NO_NEWS = "The list ended without news of it."
FORGOTTEN = "The tape system has forgotten the list; its files are looked for again."
SILENT = "There was no news of the list for too long; its files are looked for again."


def step(post: Post) -> int:
    """Look at what is due; how many files or lists moved."""
    now = post.clock.now()
    claimed = post.database.run(
        lambda conn: lists.claim(
            conn,
            backend=post.name,
            stage=ListStage.SENT,
            now=now,
            lease=post.rules.lease,
            furthest=post.rules.furthest,
        )
    )
    if not claimed:
        return 0
    ids = [each.id for each in claimed]
    try:
        reports = post.backend.poll([each.handle for each in claimed])
        moved = sum(_take_in(post, *pair) for pair in zip(claimed, reports, strict=True))
    except BackendError as trouble:
        due, words = now + 2 * post.rules.poll, trouble.sentence
        post.database.run(lambda conn: lists.postpone(conn, ids, due=due, words=words))
        return 0
    due = post.clock.now() + post.rules.poll
    post.database.run(lambda conn: lists.postpone(conn, ids, due=due, words=None))
    return moved


def _take_in(post: Post, each: OpenList, report: ListReport) -> int:
    """Apply one list's news; files that were settled before are passed over."""
    members = post.database.rows(planning.members(each.id))
    still_out = {str(row["path"]): number(row, "id") for row in members}
    tries = {number(row, "id"): number(row, "tries") for row in members}
    news = [f for f in report.files if f.path in still_out]
    came = [f.path for f in news if f.outcome is Outcome.ONLINE]
    ended = report.state in {ListState.ENDED, ListState.UNKNOWN}
    named = {f.path for f in news}
    silent = [path for path in still_out if path not in named] if ended else []
    on_disk = {
        r.path: r.size_bytes for r in post.backend.locate(came + silent) if r.residency.on_disk
    }
    failures = _failures(tries, news, still_out, on_disk)
    lost = [still_out[path] for path in silent if path not in on_disk]
    words = FORGOTTEN if report.state is ListState.UNKNOWN else NO_NEWS
    if not ended and not news and _too_quiet(post, each):
        ended, lost, words = True, list(still_out.values()), SILENT

    def write(conn: Connection) -> None:
        now = post.clock.now()
        seen = [(still_out[path], size) for path, size in on_disk.items()]
        outcomes.online(conn, seen, now=now)
        outcomes.failed(conn, failures, now=now, policy=post.rules.retry)
        outcomes.look_again(conn, lost, now=now, words=words)
        lists.count(conn, each.id, online=len(seen), failed=len(failures), now=now)
        if ended:
            lists.end(conn, each.id, now=now, words=words if lost else None)

    if on_disk or failures or ended:
        post.database.run(write)
    return len(on_disk) + len(failures) + ended


def _failures(
    tries: Mapping[int, int],
    news: list[FileOutcome],
    ids: Mapping[str, int],
    on_disk: Mapping[str, int | None],
) -> list[Failure]:
    """Files that did not come. One that is on disk all the same has come: late or doubled news."""
    return [
        Failure(
            ids[f.path],
            tries[ids[f.path]],
            f.words or (NOT_THERE if f.outcome is Outcome.ONLINE else "The recall failed."),
            f.outcome is Outcome.REFUSED,
        )
        for f in news
        if f.path not in on_disk
    ]


def _too_quiet(post: Post, each: OpenList) -> bool:
    now: datetime = post.clock.now()
    return each.heard is not None and now - each.heard > post.rules.restage
