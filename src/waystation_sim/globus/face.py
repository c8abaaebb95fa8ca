"""The calls of the Transfer API that globus-sdk makes."""

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from fnmatch import fnmatch
from uuid import uuid4

from waystation_sim.globus import documents
from waystation_sim.globus.book import Book
from waystation_sim.globus.operations import Operations
from waystation_sim.globus.refusals import refused
from waystation_sim.globus.settings import GlobusSettings
from waystation_sim.globus.tokens import SCOPE, Tokens
from waystation_sim.globus.trouble import Trouble
from waystation_sim.server import Answer, Request

BASE = "/v0.10"
_DAY_S = 86_400.0
_MOST_LISTED = 1000
Call = Callable[[Request, str, str], Awaitable[Answer]]


class Face:
    """Answers for accounts that have a token."""

    def __init__(self, settings: GlobusSettings, book: Book, trouble: Trouble) -> None:
        self._settings = settings
        self._book = book
        self._trouble = trouble
        self._tokens = Tokens(settings)
        self._operations = Operations(settings, trouble)
        task = r"/task/([0-9a-f-]{36})"
        self._calls: list[tuple[str, re.Pattern[str], Call]] = [
            (method, re.compile(pattern), call)
            for method, pattern, call in (
                ("GET", "/submission_id()", self._submission_id),
                ("POST", "/(transfer|delete)", self._submit),
                ("GET", "/task_list()", self._list),
                ("GET", task, self._task),
                ("PUT", task, self._update),
                ("POST", task + "/cancel", self._cancel),
                ("GET", task + "/event_list", self._events),
                ("GET", task + "/successful_transfers", self._successes),
                ("GET", task + "/skipped_errors", self._skipped),
                ("GET", "/endpoint/([0-9a-f-]{36})", self._endpoint),
            )
        ]

    async def answer(self, request: Request) -> Answer:
        """Answer one request, with whatever trouble is on order."""
        if self._trouble.stale:
            self._trouble.stale = False
            self._tokens.forget()
        if request.path == "/v2/oauth2/token":
            return self._tokens.answer(request)
        if self._trouble.take("limited"):
            busy = refused(request, 429, "TooManyRequests", "Too many requests.")
            return Answer(busy.status, busy.body, {"Retry-After": "1"})
        if self._trouble.take("away"):
            return refused(request, 503, "ServiceUnavailable", "Try again later.")
        owner = self._tokens.owner(request)
        if owner is None:
            return refused(request, 401, "AuthenticationFailed", "Token is not active")
        answer = await self._called(request, owner)
        if self._trouble.take("lost"):
            return refused(request, 502, "BadGateway", "The answer was lost.")
        return answer

    async def _called(self, request: Request, owner: str) -> Answer:
        path = request.path.removeprefix(BASE)
        if path.startswith("/operation/endpoint/"):
            return await asyncio.to_thread(self._operations.answer, request)
        for method, pattern, call in self._calls:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                return await call(request, owner, found.group(1))
        return refused(request, 404, "ClientError.NotFound", f"No such call: {request.path}")

    async def _submission_id(self, _: Request, __: str, ___: str) -> Answer:
        return Answer(200, {"value": str(uuid4())})

    async def _submit(self, request: Request, owner: str, kind: str) -> Answer:
        """Take a task, once for each submission id."""
        told = json.loads(request.body)
        if not told.get("DATA"):
            code = "ClientError.BadRequest.NoTransferItems"
            return refused(request, 400, code, "A transfer requires at least one item")
        known = self._book.one(
            "SELECT id FROM task WHERE submission = ? AND owner = ?", told["submission_id"], owner
        )
        if known is not None:
            return self._accepted(request, "Duplicate", known["id"], kind)
        for end in ("source_endpoint", "destination_endpoint", "endpoint"):
            found = self._settings.collection(told[end]) if end in told else None
            if end in told and found is None:
                return refused(request, 404, "EndpointNotFound", f"No such {end}: {told[end]}")
            if found is not None and found.consent and not self._tokens.consented(request, found):
                return _consent(request, found.id)
        left = self._book.one(
            "SELECT count(*) AS n FROM task WHERE owner = ? AND status IN ('ACTIVE', 'INACTIVE')",
            owner,
        )
        if self._trouble.full or (left is not None and left["n"] >= self._settings.queued):
            words = f"At most {self._settings.queued} tasks may be pending."
            return refused(request, 409, "Conflict.TooManyPendingJobs", words)
        until = told.get("deadline")
        end_s = datetime.fromisoformat(until).timestamp() if until else time.time() + _DAY_S
        task = self._book.submit(owner, told, end_s)
        self._book.tell(task, "STARTED", "started")
        return self._accepted(request, "Accepted", task, kind)

    def _accepted(self, request: Request, code: str, task: str, kind: str) -> Answer:
        body = {
            "DATA_TYPE": f"{kind}_result",
            "code": code,
            "message": f"The {kind} submission was {code.lower()}",
            "task_id": task,
            "submission_id": json.loads(request.body)["submission_id"],
            "request_id": uuid4().hex[:9],
            "resource": f"/{kind}",
            "task_link": {"DATA_TYPE": "link", "rel": "related", "resource": "task",
                          "title": "related task", "href": f"task/{task}?format=json"},
        }  # fmt: skip
        return Answer(202 if code == "Accepted" else 200, body)

    def _document(self, row: sqlite3.Row) -> dict[str, object]:
        sql = "SELECT state, count(*) AS n, sum(bytes) AS size FROM item WHERE task = ? GROUP BY 1"
        found = self._book.rows(sql, row["id"])
        names = {each.id: each.name for each in self._settings.collections}
        said = documents.task(
            row,
            {each["state"]: each["n"] for each in found},
            sum(each["size"] for each in found),
            names,
        )
        ends = {said["source_endpoint_id"], said["destination_endpoint_id"]}
        if row["status"] == "ACTIVE" and ends & self._trouble.paused:
            said |= {"is_paused": True, "nice_status": "PAUSED_BY_ADMIN", "is_ok": False}
        return said

    async def _list(self, request: Request, owner: str, _: str) -> Answer:
        """Tasks of an account; `filter` knows status, type, task_id and label."""
        parts = request.query.get("filter", "").split("/")
        wanted = dict(part.split(":", 1) for part in parts if ":" in part)
        docs = [
            said
            for row in self._book.rows(
                "SELECT * FROM task WHERE owner = ? ORDER BY created DESC", owner
            )
            if (said := self._document(row))
            and all(
                str(said[name]) in text.split(",")
                for name, text in wanted.items()
                if name in {"status", "type", "task_id"}
            )
            and _labelled(said, wanted.get("label", "~*"))
        ]
        offset, limit = _page(request, 10)
        page = docs[offset : offset + limit]
        return Answer(200, _listed("task_list", page, offset, limit, len(docs)))

    async def _task(self, request: Request, owner: str, name: str) -> Answer:
        row = self._mine(owner, name)
        return Answer(200, self._document(row)) if row is not None else _no_task(request)

    async def _update(self, request: Request, owner: str, name: str) -> Answer:
        """Label and deadline of a task that is open."""
        row, told = self._mine(owner, name), json.loads(request.body)
        if row is None:
            return _no_task(request)
        if told.get("deadline"):
            end_s = datetime.fromisoformat(told["deadline"]).timestamp()
            self._book.do("UPDATE task SET deadline = ? WHERE id = ?", end_s, name)
        if "label" in told:
            document = {**json.loads(row["document"]), "label": told["label"]}
            self._book.do("UPDATE task SET document = ? WHERE id = ?", json.dumps(document), name)
        return _result(request, "Updated", "Updated task deadline and label successfully")

    async def _cancel(self, request: Request, owner: str, name: str) -> Answer:
        if self._mine(owner, name) is None:
            return _no_task(request)
        if self._book.end(name, "FAILED", nice="CANCELED", words="canceled"):
            return _result(request, "Canceled", "The task has been cancelled successfully.")
        return _result(request, "TaskComplete", "The task completed before the cancel request.")

    async def _events(self, request: Request, owner: str, name: str) -> Answer:
        if self._mine(owner, name) is None:
            return _no_task(request)
        offset, limit = _page(request, 10)
        only = " AND is_error" if request.query.get("filter") == "is_error:1" else ""
        rows = self._book.rows(f"SELECT * FROM event WHERE task = ?{only} ORDER BY n DESC", name)
        page = [documents.event(row) for row in rows[offset : offset + limit]]
        return Answer(200, _listed("event_list", page, offset, limit, len(rows)))

    async def _successes(self, request: Request, owner: str, name: str) -> Answer:
        def said(row: sqlite3.Row) -> dict[str, object]:
            ends = {"source_path": row["source"], "destination_path": row["destination"]}
            return {"DATA_TYPE": "successful_transfer", **ends}

        return self._marked(request, owner, name, "done", "successful_transfers", said)

    async def _skipped(self, request: Request, owner: str, name: str) -> Answer:
        return self._marked(request, owner, name, "skipped", "skipped_errors", documents.skipped)

    def _marked(  # noqa: PLR0917 - of one call
        self,
        request: Request,
        owner: str,
        name: str,
        state: str,
        kind: str,
        said: Callable[[sqlite3.Row], dict[str, object]],
    ) -> Answer:
        """A page of items in a state; `next_marker` is null at the end."""
        if self._mine(owner, name) is None:
            return _no_task(request)
        marker = int(request.query.get("marker") or 0)
        rows = self._book.rows(
            "SELECT * FROM item WHERE task = ? AND state = ? AND n > ? ORDER BY n LIMIT ?",
            name, state, marker, _MOST_LISTED + 1,
        )  # fmt: skip
        page = rows[:_MOST_LISTED]
        after = page[-1]["n"] if len(rows) > _MOST_LISTED else None
        data = [said(row) for row in page]
        return Answer(
            200, {"DATA_TYPE": kind, "marker": marker, "next_marker": after, "DATA": data}
        )

    async def _endpoint(self, request: Request, _: str, name: str) -> Answer:
        found = self._settings.collection(name)
        if found is None:
            return refused(request, 404, "EndpointNotFound", f"No such endpoint '{name}'")
        return Answer(200, documents.endpoint(found))

    def _mine(self, owner: str, name: str) -> sqlite3.Row | None:
        return self._book.one("SELECT * FROM task WHERE id = ? AND owner = ?", name, owner)


def _labelled(said: dict[str, object], wanted: str) -> bool:
    """Whether a label is `=exactly` or `~like*`, in letters of either case."""
    label, text = str(said["label"] or ""), wanted[1:]
    return label == text if wanted[0] == "=" else fnmatch(label.lower(), text.lower())


def _page(request: Request, usual: int) -> tuple[int, int]:
    limit = min(int(request.query.get("limit", usual)), _MOST_LISTED)
    return int(request.query.get("offset", 0)), limit


def _listed(
    kind: str, page: list[dict[str, object]], offset: int, limit: int, total: int
) -> dict[str, object]:
    return {
        "DATA_TYPE": kind,
        "DATA": page,
        "length": len(page),
        "offset": offset,
        "limit": limit,
        "total": total,
    }


def _result(request: Request, code: str, words: str) -> Answer:
    body = {"DATA_TYPE": "result", "code": code, "message": words, "resource": request.path}
    return Answer(200, {**body, "request_id": uuid4().hex[:9]})


def _no_task(request: Request) -> Answer:
    return refused(request, 404, "TaskNotFound", "No such task, or it is not yours.")


def _consent(request: Request, name: str) -> Answer:
    told = refused(request, 403, "ConsentRequired", "Missing required data_access consent")
    assert isinstance(told.body, dict)
    scope = f"{SCOPE}[*https://auth.globus.org/scopes/{name}/data_access]"
    return Answer(403, {**told.body, "required_scopes": [scope]})
