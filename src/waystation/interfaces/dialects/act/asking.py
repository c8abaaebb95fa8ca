"""What clients ask of their jobs: make, confirm, look, kill, fetch, resubmit, clean. Sync."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import MOST as BATCH
from waystation.domains.jobs.door import JobView, Many, Wish
from waystation.interfaces.dav.asking import PREFIX as DAV
from waystation.interfaces.dialects.act import translate
from waystation.interfaces.dialects.act.call import RefusalError
from waystation.interfaces.dialects.act.callers import Caller
from waystation.interfaces.dialects.act.description import Place, RefusedError, wish
from waystation.interfaces.dialects.act.store import jobs as store
from waystation.interfaces.dialects.act.terms import Terms
from waystation.interfaces.dialects.act.translate import Kept
from waystation.interfaces.services import Services
from waystation.kernel.errors import WaystationError

log = logging.getLogger(__name__)

MOST = 10_000
"""Jobs of one call that makes or confirms them; the clients send a hundred."""
ANY = "default"
"""What clients name that have no list of clusters: any will do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs a call is about: numbers, part of a name, an arcstate; empty is all."""

    ids: Sequence[int] = ()
    name: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A job with how it stands."""

    kept: Kept
    view: JobView | None

    @property
    def state(self) -> str | None:
        """Its arcstate."""
        return translate.arcstate(self.kept, self.view)


class Asking:
    """The calls about jobs."""

    def __init__(self, house: Services, terms: Terms) -> None:
        self._house = house
        self._terms = terms
        self._many = Many(house.database, house.clock, house.jobs)

    # ------------------------------------------------------------------ make

    def make(self, who: Caller, asked: object) -> list[dict[str, object]]:
        """POST /jobs: `[{"clusterlist": […]}]` -> a number or a reason for each."""
        many = _listed(asked)
        self._house.jobs.may(who.grant)
        known = self._names(who.grant)
        lists = [_clusters(each) for each in many]
        wrong = [_strange(names, known) for names in lists]
        good = [",".join(names) for names, words in zip(lists, wrong, strict=True) if not words]
        now, space = self._house.clock.now(), self._space(who.grant)
        user, proxy = who.grant.user_id, who.proxy_id
        made = iter(
            self._house.database.run(
                lambda conn: store.make(conn, good, user=user, proxy=proxy, space=space, now=now)
            )
        )
        return [{"msg": words} if words else {"id": next(made)} for words in wrong]

    def confirm(self, who: Caller, asked: object, host: str) -> list[dict[str, object]]:
        """PUT /jobs: `[{"id": …, "desc": …}]` -> the same with its name, or with a reason."""
        answers, ids = list[dict[str, object]](), list[int]()
        for each in _listed(asked):
            answers.append(_begun(each))
            if "msg" not in answers[-1]:
                ids.append(int(str(answers[-1]["id"])))
        there = {each.kept.id: each for each in self.find(who.grant, Wanted(ids))} if ids else {}
        wishes, confirmed = [], []
        for answer in answers:
            if "msg" in answer:
                continue
            each = there.get(int(str(answer["id"])))
            if each is None:
                answer["msg"] = f"Job ID {answer['id']} does not exist"
                continue
            if each.kept.request_id is not None:
                answer["name"] = each.kept.jobname  # it was confirmed before: asked again
                continue
            try:
                asked_ = translate.described(str(answer["desc"]))
                names = [n for n in each.kept.clusterlist.split(",") if n != ANY]
                ours = [self._terms.clusters.get(n, n) for n in names]
                at = self._place(each.kept, host)
                wishes.append(wish(asked_, at, ours, key=f"act-{each.kept.id}"))
            except RefusedError as problem:
                answer["msg"] = str(problem)
                continue
            answer["name"] = asked_.name
            confirmed.append(answer)
        self._taken(who.grant, wishes, confirmed)
        return answers

    def _taken(
        self, who: Grant, wishes: Sequence[Wish], confirmed: list[dict[str, object]]
    ) -> None:
        missing = self._missing(who, wishes)
        rest = [w for w, name in zip(wishes, missing, strict=True) if not name]
        made = iter(self._many.submit(who, rest) if rest else [])
        good = []
        for answer, name in zip(confirmed, missing, strict=True):
            request = None if name else next(made)
            if isinstance(request, int):
                known = int(str(answer["id"]))
                good.append((known, str(answer["name"]), str(answer["desc"]), request))
            else:
                answer["msg"] = _words(request) if request else f"Input file {name} missing"
        if good:
            now = self._house.clock.now()
            self._house.database.run(lambda conn: store.confirm(conn, good, now=now))

    def _missing(self, who: Grant, wishes: Sequence[Wish]) -> list[str]:
        """Of each job an input that the client uploads and that is not here; empty of none."""
        own = [[i for i in each.inputs if i.path.startswith("act/")] for each in wishes]
        there: set[tuple[str, str]] = set()
        for space in {i.space for each in own for i in each}:
            paths = [i.path for each in own for i in each if i.space == space]
            for at in range(0, len(paths), BATCH):
                some = paths[at : at + BATCH]
                found = self._house.hosting.batches.find(who, space, some)
                there |= {
                    (space, p) for p, e in zip(some, found, strict=True) if e and not e.folder
                }
        return [next((i.at for i in each if i.place not in there), "") for each in own]

    # ------------------------------------------------------------------ look

    def find(self, who: Grant, wanted: Wanted) -> list[Found]:
        """Jobs of the caller's own, by number."""
        found = self._house.database.rows(store.find(who.user_id, wanted.ids, wanted.name))
        kept = [store.kept(row) for row in found]
        requests = [each.request_id for each in kept if each.request_id is not None]
        views = self._many.first_jobs(who, requests)
        every = [Found(each, views.get(each.request_id or 0)) for each in kept]
        return [e for e in every if not wanted.state or e.state == wanted.state]

    def stat(
        self, who: Grant, wanted: Wanted, client: Sequence[str], arc: Sequence[str]
    ) -> list[dict[str, object]]:
        """GET /jobs."""
        try:
            translate.columns(client, arc)
        except translate.ColumnError as problem:
            raise RefusalError(400, f"Invalid column {problem}") from problem
        if not client and not arc:
            return []
        web = self._terms.web
        return [
            translate.row(each.kept, each.view, client=client, arc=arc, web=web)
            for each in self.find(who, wanted)
        ]

    def info(self, who: Caller) -> dict[str, object]:
        """GET /info."""
        told: dict[str, object] = {
            "clusters": sorted(self._names(who.grant)),
            "arc": list(translate.ARC),
            "client": list(translate.CLIENT),
        }
        if who.ends is not None:
            told["proxyexpires"] = translate.when(who.ends)
        return told

    # ---------------------------------------------------------------- change

    def kill(self, who: Grant, wanted: Wanted) -> list[dict[str, object]]:
        """PATCH action=cancel: what no cluster has yet is gone at once, the rest is stopped."""
        if wanted.state and wanted.state not in translate.KILLED:
            return []
        found = [e for e in self.find(who, wanted) if e.state in {*translate.KILLED, None}]
        stopped = [e.kept.request_id for e in found if e.kept.request_id is not None]
        if stopped:
            self._many.cancel(who, stopped)
        early = [e.kept.id for e in found if e.state in {None, "tosubmit"}]
        self._house.database.run(lambda conn: store.clean(conn, early))
        return [
            {"c_id": e.kept.id, "a_id": e.kept.request_id, "a_arcstate": e.state} for e in found
        ]

    def fetch(self, who: Grant, wanted: Wanted) -> list[int]:
        """PATCH action=fetch: what failed jobs left is wanted."""
        ids = [e.kept.id for e in self.find(who, wanted) if e.state in translate.FAILED]
        now = self._house.clock.now()
        self._house.database.run(lambda conn: store.fetched(conn, ids, now=now))
        return ids

    def resubmit(self, who: Grant, wanted: Wanted) -> list[int]:
        """PATCH action=resubmit: failed jobs run again."""
        found = [e for e in self.find(who, wanted) if e.state in translate.FAILED]
        requests = [e.kept.request_id for e in found if e.kept.request_id is not None]
        if requests:
            self._many.retry(who, requests)
        return [e.kept.id for e in found]

    def clean(self, who: Grant, wanted: Wanted) -> list[int]:
        """DELETE /jobs: jobs that are over are forgotten, with what they left."""
        if wanted.state and wanted.state not in translate.CLEANED:
            return []
        ids = [e.kept.id for e in self.find(who, wanted) if e.state in translate.CLEANED]
        self._house.database.run(lambda conn: store.clean(conn, ids))
        return ids

    # ---------------------------------------------------------------- within

    def _names(self, who: Grant) -> set[str]:
        ours = {each.name for each in self._house.jobs.clusters(who)}
        return ours | set(self._terms.clusters)

    def _space(self, who: Grant) -> str:
        return self._terms.space.replace("{user}", who.name)

    def _place(self, kept: Kept, host: str) -> Place:
        hosts = {*self._terms.hosts, host}
        return Place(kept.space, kept.folder, lambda url: _ours(url, hosts))


def _ours(url: str, hosts: set[str]) -> str | None:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.hostname not in hosts or not path.startswith(f"{DAV}/"):
        return None
    return path.removeprefix(f"{DAV}/")


def _listed(asked: object) -> list[object]:
    if not asked:
        return []
    if not isinstance(asked, list):
        raise RefusalError(400, "Input JSON is not a list")
    if len(asked) > MOST:
        raise RefusalError(413, f"More than {MOST:,} jobs in one call")
    return asked


def _clusters(each: object) -> list[str]:
    said = each.get("clusterlist") if isinstance(each, Mapping) else None
    if isinstance(said, str):
        said = said.split(",")
    if not isinstance(said, list):
        return []
    return [str(name).strip() for name in said if str(name).strip()]


def _strange(names: Sequence[str], known: set[str]) -> str:
    if not names:
        return "No clusters given"
    return next((f"Unknown cluster {n}" for n in names if n not in known and n != ANY), "")


def _begun(each: object) -> dict[str, object]:
    """What is said of one that is to be confirmed; with `msg` when it cannot be."""
    if not isinstance(each, Mapping):
        return {"msg": f"Job element is not an object: {each}"}
    answer: dict[str, object] = {str(key): value for key, value in each.items()}
    answer.pop("msg", None)
    known = answer.get("id")
    text = str(known) if isinstance(known, int | str) else ""
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - 64 bits
        answer["msg"] = f"Invalid job ID: {known}" if "id" in answer else "No job ID given"
    elif not isinstance(answer.get("desc"), str):
        answer["msg"] = "No job description given"
    return answer


def _words(problem: WaystationError) -> str:
    return f"{problem.sentence} {problem.advice}".strip()
