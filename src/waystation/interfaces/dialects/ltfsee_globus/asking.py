"""What is done in a thread: ask the tape system where files are, and stage what is on tape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.door import Ask, FileView, ItemView
from waystation.interfaces import problems
from waystation.interfaces.dialects.ltfsee_globus import store, translate
from waystation.interfaces.dialects.ltfsee_globus.gathering import Call
from waystation.interfaces.dialects.ltfsee_globus.store import Wish
from waystation.interfaces.dialects.ltfsee_globus.translate import ARCHIVED, Reply
from waystation.interfaces.services import Services
from waystation.kernel.database import Connection
from waystation.kernel.errors import WaystationError

_PRUNE_EVERY = timedelta(hours=1)
# Twice as long as a request lives by default: whoever has not asked again will not.
_KEEP = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Known:
    """What we know already of files that are asked for.

    Attributes:
        held: seen on disk, and held there.
        noted: there is a wish; it is forgotten when its file is no longer coming.
        failed: the last asking failed, and how.
    """

    held: frozenset[str]
    noted: frozenset[str]
    failed: Mapping[str, ItemView]


class Asking:
    """Everything of this dialect that writes or asks the tapes."""

    def __init__(self, house: Services, *, pin_s: int) -> None:
        self._house = house
        self._pin_s = pin_s
        self._pruned: datetime | None = None

    def state(self, where: StoreInfo, path: str) -> Reply:
        """The answer to file_state."""
        return translate.file_state(self._house.staging.residency(where, [path])[0])

    def recall(self, calls: Mapping[str, Call], known: Known) -> dict[str, Reply]:
        """Answers by path; those told `archived` are durable when this returns."""
        where = next(iter(calls.values())).where
        views = {view.path: view for view in self._house.staging.residency(where, list(calls))}
        replies: dict[str, Reply] = {}
        groups: dict[tuple[int, str, str], list[Call]] = {}
        for path, call in calls.items():
            reply = self._seen(views[path], known)
            if reply is None:
                groups.setdefault((call.who.user_id, call.task, call.library), []).append(call)
            else:
                replies[path] = reply
        wishes: dict[str, Wish] = {}
        for group in groups.values():
            replies |= self._stage(where, group, wishes)
        self._note(wishes, [path for path in known.noted if replies[path] != ARCHIVED])
        return replies

    def _seen(self, view: FileView, known: Known) -> Reply | None:
        held, failed = view.path in known.held, known.failed.get(view.path)
        return translate.seen(view, held=held, failed=failed)

    def _stage(
        self, where: StoreInfo, group: Sequence[Call], wishes: dict[str, Wish]
    ) -> dict[str, Reply]:
        """One stage request of ours for files that one account wants for one Globus task."""
        first, paths = group[0], [call.path for call in group]
        ask = Ask(
            paths=paths,
            store=where.name,
            pin_lifetime_s=self._pin_s,
            external_id=f"globus:{uuid4()}",
            label=translate.label(first.task, first.library),
            library=first.library,
            confirm=True,
        )
        try:
            made = self._house.staging.submit(first.who, ask)
        except WaystationError as refusal:
            reply = translate.message(problems.status_of(refusal.code), refusal.sentence)
            return dict.fromkeys(paths, reply)
        wishes.update({path: Wish(made.request.id, n) for n, path in enumerate(paths, 1)})
        return dict.fromkeys(paths, ARCHIVED)

    def _note(self, wishes: Mapping[str, Wish], done: Sequence[str]) -> None:
        now = self._house.clock.now()
        prune = self._pruned is None or not timedelta() <= now - self._pruned < _PRUNE_EVERY
        if not (wishes or done or prune):
            return

        def write(conn: Connection) -> None:
            if done:
                store.drop(conn, done)
            if wishes:
                store.put(conn, wishes, now=now)
            if prune:
                store.prune(conn, before=now - _KEEP)

        self._house.database.run(write)
        if prune:
            self._pruned = now
