"""What the calls do, in a thread: everything of this dialect that writes or asks the tapes."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from waystation.domains.accounts.door import Grant, Verb
from waystation.domains.catalogue.door import StoreInfo
from waystation.domains.staging.door import Ask, FileView
from waystation.interfaces.bringing import mine
from waystation.interfaces.dialects.wlcg_tape import store, translate
from waystation.interfaces.dialects.wlcg_tape.held import Held
from waystation.interfaces.dialects.wlcg_tape.paths import (
    SPACES,
    Place,
    Places,
    Prefix,
    spellings,
)
from waystation.interfaces.dialects.wlcg_tape.translate import Entry, Part, Wanted
from waystation.interfaces.dialects.wlcg_tape.wire import ArchiveInfo, StageAsked
from waystation.interfaces.services import Services
from waystation.kernel.errors import (
    ConflictError,
    MalformedError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    WaystationError,
)

log = logging.getLogger(__name__)

_LEFT_OUT = "Not looked at: a call can ask for {most:,} files."


@dataclass(frozen=True, slots=True)
class Terms:
    """How the dialect behaves here.

    Attributes:
        sitename: in the discovery document, and key of our own `targetedMetadata`.
        url: how others reach the web listener; None is as the client addressed us.
        prefixes: where URL paths are; none is the usual places.
        max_files: most files in a call.
        lifetime: how long files are held when the client does not say.
    """

    sitename: str
    url: str | None
    prefixes: tuple[Prefix, ...]
    max_files: int
    lifetime: timedelta


class Asking:
    """The calls; permission for the kind of call was asked before, for each thing it is here.

    A token that is for some paths only (`Held`) is refused elsewhere: file by file where a call
    answers file by file, else as a whole.
    """

    def __init__(self, house: Services, terms: Terms) -> None:
        self._house = house
        self._terms = terms

    def stage(self, held: Held, asked: StageAsked) -> UUID:
        """Take a request in; when this returns it is durable.

        Ours are made first and the dialect's row last, then the id is told: who is killed between
        has staged files for a client that was not answered and will ask again.

        Raises:
            MalformedError: no files, or a lifetime that is none.
            TooLargeError: more files than a call can have.
            UnavailableError: the database does not answer.
        """
        terms = self._terms
        _allow(asked, terms.max_files)
        pin_s = int(terms.lifetime.total_seconds())
        wishes = translate.wanted(asked.files, sitename=terms.sitename, pin_s=pin_s)
        who, beyond = held.who, held.refused(wishes.pins, Verb.STAGE)
        places = self._places(who)
        meanings, refused = places.find(path for path in wishes.pins if path not in beyond)
        refused |= beyond
        placed = self._chosen(places, meanings)
        request_id = uuid4()
        entries = {path: Entry(path, 0, 0, words) for path, words in refused.items()}
        for n, part in enumerate(translate.parts(placed, wishes.pins)):
            where = places.store(part.store)
            made, words = self._submit(who, part, where, wishes, f"wlcg:{request_id}:{n}")
            for path, place in placed.items():
                if place.store == part.store and place.path in part.numbers:
                    number = part.numbers[place.path] if made else 0
                    entries.setdefault(path, Entry(path, made, number, words))
        in_order = [entries[path] for path in wishes.pins]
        with self._house.database.transaction() as conn:
            store.put(
                conn,
                request_id,
                owner_id=who.user_id,
                created=self._house.clock.now(),
                entries=in_order,
            )
        return request_id

    def cancel(self, held: Held, request_id: UUID, paths: Sequence[str]) -> None:
        """Take back these files of a request, those of them that are not online yet.

        Raises:
            NotFoundError: the caller has no such request.
            MalformedError: a path is not in it; nothing was done.
            ForbiddenError: the token is not for one of these files; nothing was done.
        """
        who = held.who
        entries = self._own(who, request_id)
        chosen, foreign = _named(entries, paths)
        if foreign:
            raise MalformedError(
                f"File missing from stage request: {foreign[0]!r} is not in {request_id}.",
                advice="Nothing was cancelled; name only files of this request.",
            )
        held.need((entry.path for entry in chosen), Verb.STAGE)
        for request, named in self._files(who, chosen).items():
            self._cancel(who, request, named)

    def release(self, held: Held, request_id: UUID | None, paths: Sequence[str]) -> None:
        """Give back the pins of these files of a request.

        Ids and paths that are not known are passed over, as the reference has it: clients release
        after they deleted, or without an id (gfal2 sends `gfal2-placeholder-id`).

        Raises:
            ForbiddenError: the token is not for one of these files; nothing was done.
        """
        who = held.who
        try:
            entries = self._own(who, request_id) if request_id else []
        except NotFoundError:
            entries = []
        chosen, foreign = _named(entries, paths)
        if foreign:
            log.info("release: %d paths are not of request %s", len(foreign), request_id)
        held.need((entry.path for entry in chosen), Verb.STAGE)
        for request, named in self._files(who, chosen).items():
            self._house.staging.release(who, request, named)

    def delete(self, held: Held, request_id: UUID) -> None:
        """Cancel what is not online yet, release what is, and forget the request.

        Raises:
            NotFoundError: the caller has no such request.
            ForbiddenError: the token is not for one of its files; nothing was done.
        """
        who, entries = held.who, self._own(held.who, request_id)
        held.need((entry.path for entry in entries), Verb.STAGE)
        for request in {entry.request for entry in entries if entry.request}:
            with suppress(NotFoundError):  # forgotten: there is nothing of it to give back
                self._cancel(who, request, None)
                self._house.staging.release(who, request)
        with self._house.database.transaction() as conn:
            store.drop(conn, request_id)

    def archive_info(self, held: Held, sent: Sequence[str]) -> list[ArchiveInfo]:
        """Where files are, asked of the tape systems; never an error for the whole.

        Only what the tape system says counts: FTS deletes the source when it hears of tape.
        """
        looked, left = sent[: self._terms.max_files], sent[self._terms.max_files :]
        beyond = held.refused(looked, Verb.LIST)
        places = self._places(held.who)
        meanings, refused = places.find(path for path in looked if path not in beyond)
        refused |= beyond
        views = self._views(places, [p for several in meanings.values() for p in several])
        best = {path: _best(several, views) for path, several in meanings.items()}
        told = [
            translate.archive_info(path, views.get(best[path]), None)
            if path in best
            else translate.archive_info(path, None, refused[path])
            for path in looked
        ]
        words = _LEFT_OUT.format(most=self._terms.max_files)
        return told + [translate.archive_info(path, None, words) for path in left]

    # ---------------------------------------------------------------- within

    def _places(self, who: Grant) -> Places:
        """What paths mean to this caller: files of stores, and of spaces as `/dav` names them."""
        stores = {each.name: each for each in self._house.catalogue.stores(who)}
        spaces = [
            (Prefix(f"{SPACES}/{space.name}", where.name, space.base), where)
            for space, where in mine(self._house, who)
        ]
        return Places(stores, self._terms.prefixes, spaces)

    def _chosen(self, places: Places, meanings: dict[str, list[Place]]) -> dict[str, Place]:
        """The one place of each path; the tapes are asked only where an escape leaves two."""
        doubtful = [p for several in meanings.values() if len(several) > 1 for p in several]
        views = self._views(places, doubtful) if doubtful else {}
        return {path: _best(several, views) for path, several in meanings.items()}

    def _views(self, places: Places, asked: Sequence[Place]) -> dict[Place, FileView]:
        by_store: dict[str, list[str]] = {}
        for place in dict.fromkeys(asked):
            by_store.setdefault(place.store, []).append(place.path)
        found: dict[Place, FileView] = {}
        for name, paths in by_store.items():
            views = self._house.staging.residency(places.store(name), paths)
            found.update({Place(name, view.path): view for view in views})
        return found

    def _submit(
        self, who: Grant, part: Part, where: StoreInfo, wishes: Wanted, external_id: str
    ) -> tuple[int, str | None]:
        """One stage request of ours: its id, or 0 and why not.

        A part that is refused (a limit, a store that is gone) fails file by file at the poll, as
        a bad path does: a client that is refused as a whole gives up the other files too.
        """
        ask = Ask(
            paths=list(part.numbers),
            store=part.store,
            priority=wishes.priority,
            pin_lifetime_s=part.pin_s,
            external_id=external_id,
            label=wishes.label,
            confirm=True,
        )
        try:
            return self._house.staging.submit(who, ask, where=where).request.id, None
        except UnavailableError:
            raise
        except WaystationError as refusal:
            return 0, refusal.sentence

    def _own(self, who: Grant, request_id: UUID) -> list[Entry]:
        rows = self._house.database.rows(store.one(request_id))
        return store.entries(owned(rows[0] if rows else None, who, request_id))

    def _files(self, who: Grant, entries: Sequence[Entry]) -> dict[int, list[str]]:
        """Our own paths of these files, by request of ours."""
        numbers: dict[int, set[int]] = {}
        for entry in entries:
            if entry.request:
                numbers.setdefault(entry.request, set()).add(entry.number)
        every = self._terms.max_files
        found: dict[int, list[str]] = {}
        for request, wanted in numbers.items():
            with suppress(NotFoundError):  # forgotten
                files = self._house.staging.files(who, request, limit=every)
                found[request] = [item.path for item in files if item.n in wanted]
        return found

    def _cancel(self, who: Grant, request: int, paths: list[str] | None) -> None:
        try:
            self._house.staging.cancel(who, request, paths)
        except ConflictError:
            log.debug("request %d had ended already", request)


def _allow(asked: StageAsked, most: int) -> None:
    """Refuse what cannot be taken in as a whole."""
    if not asked.files:
        raise MalformedError("The request names no files.", advice="Name at least one.")
    if len(asked.files) > most:
        raise TooLargeError(
            f"A stage request can have {most:,} files, this one has {len(asked.files):,}.",
            advice=f"Split it into requests of at most {most:,} files.",
            limit_files=most,
        )
    if any("\0" in file.path for file in asked.files):
        # PostgreSQL has no text with a zero byte: the path could not be told back as it was sent.
        raise MalformedError("A path has a zero byte in it.")


def owned(row: dict[str, object] | None, who: Grant, request_id: UUID) -> dict[str, object]:
    """A request's row if it is the caller's.

    Raises:
        NotFoundError: none, or somebody else's: which of the two is not told.
    """
    if row is None or not (who.admin or row["owner_id"] == who.user_id):
        raise NotFoundError(f"There is no stage request {request_id}.")
    return row


def _named(entries: Sequence[Entry], paths: Sequence[str]) -> tuple[list[Entry], list[str]]:
    """Files of a request by their paths, in any spelling; and the paths that are not in it."""
    as_sent = {entry.path: entry for entry in entries}
    by_meaning = {form: entry for entry in entries for form in spellings(entry.path)}
    chosen: list[Entry] = []
    foreign: list[str] = []
    for path in paths:
        forms = [as_sent.get(path), *(by_meaning.get(form) for form in spellings(path))]
        entry = next((each for each in forms if each is not None), None)
        if entry is None:
            foreign.append(path)
        else:
            chosen.append(entry)
    return chosen, foreign


def _best(places: Sequence[Place], views: dict[Place, FileView]) -> Place:
    """The place where there is a file; the likelier when there is none or nobody can say."""
    here = [p for p in places if p in views and views[p].state not in {"missing", "unknown"}]
    return here[0] if here else places[0]
