"""The calls of the WLCG Tape REST API v1, answered as the flavour answers them."""

import asyncio
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from waystation_sim.server import Answer, Request
from waystation_sim.site.layout import Site
from waystation_sim.tape_rest import documents
from waystation_sim.tape_rest.flavours import Flavour
from waystation_sim.tape_rest.settings import BASE, DISCOVERY, TapeRestSettings
from waystation_sim.tape_rest.slips import Slips
from waystation_sim.tape_rest.stages import Stages

FOR_EVER_S = 86_400.0
ON_DISK = {"resident", "premigrated", "saved"}

CALLS = (
    ("stage", "POST", re.compile("/stage")),
    ("poll", "GET", re.compile("/stage/([^/]+)")),
    ("delete", "DELETE", re.compile("/stage/([^/]+)")),
    ("cancel", "POST", re.compile("/stage/([^/]+)/cancel")),
    ("release", "POST", re.compile("/release/([^/]+)")),
    ("archiveinfo", "POST", re.compile("/archiveinfo")),
)

Call = Callable[[Request, str], Answer]


class Face:
    """Answers requests; safe only in the event loop's thread."""

    def __init__(
        self, site: Site, settings: TapeRestSettings, stages: Stages, slips: Slips
    ) -> None:
        self._site = site
        self._settings = settings
        self._flavour = settings.flavour
        self._stages = stages
        self._requests = stages.requests
        self._slips = slips

    def change(self, flavour: Flavour) -> None:
        """Answer otherwise from now on."""
        self._flavour = flavour

    async def answer(self, request: Request) -> Answer:
        """Answer one request, with whatever trouble is on order."""
        name, number = self._named(request)
        count = len(_paths(request.body))
        if name != "discovery":
            self._slips.record(f"{request.method} {request.path} {count} {len(request.body)}")
        await asyncio.sleep(FOR_EVER_S if self._slips.hanging else self._slips.delay_s)
        refusal = self._slips.refused(name, count)
        if refusal is not None:
            after = {} if refusal.after_s is None else {"Retry-After": f"{refusal.after_s:g}"}
            words = refusal.words
            return documents.problem(self._flavour, refusal.status, "Ordered", words, **after)
        if name == "discovery":
            return self._discovery()
        if not self._let_in(request):
            return documents.problem(self._flavour, 401, "Unauthorized")
        calls: dict[str, Call] = {
            "stage": self._stage,
            "poll": self._poll,
            "delete": self._delete,
            "cancel": self._cancel,
            "release": self._release,
            "archiveinfo": self._archive_info,
            "webdav": self._webdav,
        }
        call = calls.get(name)
        if call is None:
            return documents.problem(self._flavour, 404, "Not Found")
        answer = call(request, number)
        if self._slips.muted():
            await asyncio.sleep(FOR_EVER_S)
        return answer

    def _named(self, request: Request) -> tuple[str, str]:
        """Which call this is, and of which stage request."""
        if request.path == DISCOVERY:
            return "discovery" if self._flavour.discovery else "nothing", ""
        if request.method == "PROPFIND":
            return "webdav", ""
        rest = request.path.removeprefix(BASE)
        if self._flavour.slash:
            rest = rest.removesuffix("/")
        for name, method, form in CALLS:
            found = form.fullmatch(rest)
            if found and method == request.method and request.path.startswith(BASE):
                return name, found[1] if form.groups else ""
        return "nothing", ""

    def _let_in(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return bool(request.person) or (kind == "Bearer" and token in self._settings.tokens)

    def _discovery(self) -> Answer:
        endpoint = {"uri": self._settings.origin + BASE, "version": "v1", "metadata": {}}
        told = {"sitename": self._settings.sitename, "endpoints": [endpoint]}
        return Answer(200, {**told, "description": "simulated"})

    def _stage(self, request: Request, _: str) -> Answer:
        given = _object(request.body)
        owner = request.person or request.headers.get("authorization", "")
        refusal = self._refusal(given, owner)
        if refusal is not None:
            status, words = refusal
            return documents.problem(self._flavour, status, "Refused", words)
        files = given["files"]
        assert isinstance(files, list)
        lifetimes = [documents.duration_s(str(file.get("diskLifetime"))) for file in files]
        strict = self._flavour.durations == "strict"
        asked = max((seconds for seconds in lifetimes if seconds), default=None)
        lifetime_s = asked if strict and asked else self._settings.lifetime_s
        paths = [str(file["path"]) for file in files]
        if self._flavour.merges_duplicates:
            paths = list(dict.fromkeys(paths))
        placed = [(path, self._place(path)) for path in paths]
        made = self._stages.stage(owner, placed, lifetime_s)
        where = {"Location": f"{self._settings.origin}{BASE}/stage/{made}"}
        return Answer(201, {"requestId": made}, where)

    def _refusal(self, given: dict[str, object], owner: str) -> tuple[int, str] | None:
        """Why a stage request is not taken: status and words."""
        flavour, files = self._flavour, given.get("files")
        if not isinstance(files, list) or not (files or flavour.empty_stage):
            return 400, "files: a list is needed"
        strange = [
            str(file["diskLifetime"])
            for file in files
            if "diskLifetime" in file and documents.duration_s(str(file["diskLifetime"])) is None
        ]
        checks = (
            (flavour.strict_keys and set(given) != {"files"}, 400, "Unrecognized field"),
            (len(files) > flavour.most_files, flavour.many_status, flavour.many_words),
            (
                self._requests.unfinished(owner) >= flavour.most_requests,
                429,
                f"{flavour.most_requests} requests of this user have not ended.",
            ),
            (
                flavour.durations == "strict" and bool(strange),
                400,
                f"diskLifetime: cannot parse {strange[:1]}",
            ),
            *(
                (str(file["path"]) == path, status, "")
                for path, status in self._slips.poison.items()
                for file in files
            ),
        )
        return next(((status, words) for wrong, status, words in checks if wrong), None)

    def _poll(self, _: Request, number: str) -> Answer:
        created = self._requests.created(number)
        if created is None:
            return self._unknown()
        items = self._requests.items(number)[: 1 if self._slips.lists_late else None]
        online = [self._flavour.on_disk and self._on_disk(item.place) for item in items]
        return Answer(200, documents.status(self._flavour, number, created, items, online))

    def _delete(self, _: Request, number: str) -> Answer:
        if self._requests.created(number) is None:
            return self._unknown()
        self._stages.delete(number)
        return Answer(200)

    def _cancel(self, request: Request, number: str) -> Answer:
        if self._requests.created(number) is None:
            return self._unknown()
        known = {item.path for item in self._requests.items(number)}
        paths = _paths(request.body)
        if not set(paths) <= known:
            return self._foreign(in_headers=self._flavour.errors_in_headers)
        if not paths and self._flavour.empty_cancels_all:
            paths = list(known)
        self._stages.cancel(number, paths)
        return Answer(200)

    def _release(self, request: Request, number: str) -> Answer:
        paths = _paths(request.body)
        if self._flavour.release_checks:
            if self._requests.created(number) is None:
                return self._unknown()
            if not set(paths) <= {item.path for item in self._requests.items(number)}:
                return self._foreign()
        places = [place for place in map(self._place, paths) if place]
        if self._flavour.release != "nothing":
            holder = None if self._flavour.release == "counter" else number
            self._stages.release(holder, places)
        return Answer(200)

    def _archive_info(self, request: Request, _: str) -> Answer:
        paths = _paths(request.body)[: self._flavour.info_most]
        told = []
        for path in paths:
            place = self._place(path)
            state = self._stages.state(place)
            folder = bool(place) and Path(place).is_dir()
            told.append(documents.locality(self._flavour, path, state, folder=folder))
        return Answer(200, told)

    def _webdav(self, request: Request, _: str) -> Answer:
        """Enough of a WebDAV endpoint to see whether a path exists."""
        place = self._place(unquote(request.path))
        return Answer(207 if place and os.path.lexists(place) else 404)

    def _place(self, path: str) -> str:
        """Where the file of a path lies; empty if it cannot be one of ours."""
        clean = re.sub("/+", "/", path)
        root = self._settings.namespace
        if clean != root and not clean.startswith(f"{root}/"):
            return ""
        place = f"{self._site.cache}{clean.removeprefix(root)}"
        return place if os.path.normpath(place) == place and "\0" not in place else ""

    def _on_disk(self, place: str) -> bool:
        state = self._stages.state(place)
        return state is not None and state.word in ON_DISK

    def _unknown(self) -> Answer:
        return documents.problem(self._flavour, 404, "Not Found", "no such request")

    def _foreign(self, *, in_headers: bool = False) -> Answer:
        title, detail = "Bad Request", "File missing from stage request"
        if in_headers:
            return Answer(400, None, {"title": title, "detail": detail})
        return documents.problem(self._flavour, 400, title, detail)


def _object(body: bytes) -> dict[str, object]:
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _paths(body: bytes) -> list[str]:
    """Paths of a body: `paths`, or those of `files`."""
    given = _object(body)
    paths, files = given.get("paths"), given.get("files")
    if isinstance(paths, list):
        return [str(path) for path in paths]
    return [str(file.get("path")) for file in files] if isinstance(files, list) else []
