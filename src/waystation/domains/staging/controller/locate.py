"""NEW and BACKOFF recalls are looked for: online already, on a tape, or nowhere."""

from waystation.domains.staging.controller.post import Post
from waystation.domains.staging.entities import FileReport, Residency
from waystation.domains.staging.errors import BackendError
from waystation.domains.staging.ports import Libraries, TapeBackend
from waystation.domains.staging.states import RECALL, RecallState
from waystation.domains.staging.store import locate as store
from waystation.domains.staging.store import outcomes
from waystation.domains.staging.store.outcomes import Failure
from waystation.kernel.database import Connection
from waystation.kernel.waking import wake

WORDS = {
    Residency.MISSING: "The tape system knows no such file.",
    Residency.LOST: "No copy can be read now: its cartridge is offline, exported or damaged.",
    Residency.UNKNOWN: "The tape system gave a state that we do not know.",
}


def step(post: Post) -> int:
    """Look for a batch; a tape system that does not answer leaves it for a later moment."""
    now, rules = post.clock.now(), post.rules
    sought = post.database.run(
        lambda conn: store.claim(
            conn,
            backend=post.name,
            now=now,
            lease=rules.lease,
            furthest=rules.retry.ceiling,
            limit=rules.batch,
        )
    )
    if not sought:
        return 0
    try:
        reports = _look(post.backend, sought)
    except BackendError as trouble:
        _later(post, [Failure(s.id, s.tries, trouble.sentence) for s in sought])
        return 0
    post.database.run(lambda conn: _apply(conn, post, sought, reports))
    return len(sought)


def _look(backend: TapeBackend, sought: list[store.Sought]) -> list[FileReport]:
    """Where they are; in the library that was asked for, where the tape system has a choice."""
    paths = [each.path for each in sought]
    libraries = [each.library for each in sought]
    if any(libraries) and isinstance(backend, Libraries):
        return backend.locate_in(paths, libraries)
    return backend.locate(paths)


def _apply(
    conn: Connection, post: Post, sought: list[store.Sought], reports: list[FileReport]
) -> None:
    now = post.clock.now()
    seen = list(zip(sought, reports, strict=True))
    online = [(s.id, r.size_bytes) for s, r in seen if r.residency.on_disk]
    nearline = [(s.id, r) for s, r in seen if r.residency is Residency.NEARLINE]
    nowhere = [
        Failure(s.id, s.tries, r.words or WORDS[r.residency], _final(r))
        for s, r in seen
        if r.residency in WORDS
    ]
    outcomes.online(conn, online, now=now)
    store.queue(conn, nearline, sources=RECALL.sources(RecallState.QUEUED))
    outcomes.failed(conn, nowhere, now=now, policy=post.rules.retry)
    wake(conn, "plan")


def _final(report: FileReport) -> bool:
    """Whether asking again cannot help: a missing file stays missing, a cartridge may return."""
    return report.residency is Residency.MISSING


def _later(post: Post, failures: list[Failure]) -> None:
    """The tape system is down: that is nobody's failure, so no try is counted."""
    due = post.clock.now() + post.rules.poll
    ids, words = [f.id for f in failures], failures[0].words
    post.database.run(lambda conn: store.postpone(conn, ids, due=due, words=words))
