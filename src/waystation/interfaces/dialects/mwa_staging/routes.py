"""The calls of the old daemon, each with and without a slash at its end."""

import asyncio
from collections.abc import Awaitable, Callable

from waystation.interfaces.dialects.mwa_staging import dummies, forms, pages
from waystation.interfaces.dialects.mwa_staging.asking import Asking
from waystation.interfaces.dialects.mwa_staging.filestatus import FileStatus
from waystation.interfaces.dialects.mwa_staging.looks import Looks
from waystation.interfaces.dialects.mwa_staging.replies import Reply, bare, json
from waystation.interfaces.dialects.mwa_staging.standing import Standing
from waystation.interfaces.dialects.mwa_staging.terms import Terms
from waystation.interfaces.dialects.mwa_staging.wire import FilesAsked, NewJob
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.mouths import Headers, Receive, Scope
from waystation.interfaces.services import Services

Call = Callable[[Scope, Receive], Awaitable[Reply]]
_ACCEPTED, _FORBIDDEN = 202, 403


class Routes:
    """Who answers what."""

    def __init__(self, house: Services, pool: HotPool, terms: Terms) -> None:
        standing = Standing(house, terms)
        self._house = house
        self._asking = Asking(house, terms, standing)
        self._looks = Looks(house, pool, terms, standing)
        self._files = FileStatus(house, pool, terms.fresh)
        self._table: dict[str, dict[str, Call]] = {
            "/staging": {"GET": self._status, "POST": self._new, "DELETE": self._delete},
            "/ping": {"GET": _nothing},
            "/get_stats": {"GET": self._statistics},
            "/get_joblist": {"GET": self._jobs},
            "/get_failed_joblist": {"GET": self._failed_jobs},
            "/get_failed_job": {"GET": self._failed_job},
            "/filestatus": {"POST": self._file_status},
            "/jobresult": {"POST": self._job_result},
            "/v1/security/login": {"POST": _login},
            "/v1/request/batchstage": {"POST": _batch_stage, "PUT": _batch_stage},
            "/v1/file": {"GET": _file},
            "/docs": {"GET": pages.docs},
            "/redoc": {"GET": pages.redoc},
            "/openapi.json": {"GET": pages.openapi},
            **{f"/docs/{name}": {"GET": call} for name, call in pages.ASSETS.items()},
        }

    def verbs(self, path: str) -> dict[str, Call] | None:
        """The calls at a path by their method; None when there is nothing."""
        found = self._table.get(path)
        if found is None and path.endswith("/"):
            found = self._table.get(path[:-1])
        return found

    async def _new(self, scope: Scope, receive: Receive) -> Reply:
        asked = forms.body(await self._body(scope, receive), NewJob)
        await asyncio.to_thread(self._asking.new, asked)
        return json(None, _ACCEPTED)

    async def _status(self, scope: Scope, receive: Receive) -> Reply:
        del receive
        query = _query(scope)
        job_id, wanted = forms.number(query, "job_id"), forms.flag(query, "include_files")
        return json(await self._looks.job(job_id, include_files=wanted))

    async def _delete(self, scope: Scope, receive: Receive) -> Reply:
        del receive
        await asyncio.to_thread(self._asking.delete, forms.number(_query(scope), "job_id"))
        return json(None)

    async def _statistics(self, scope: Scope, receive: Receive) -> Reply:
        del scope, receive
        return json(await self._looks.statistics())

    async def _jobs(self, scope: Scope, receive: Receive) -> Reply:
        del scope, receive
        return json(await self._looks.jobs())

    async def _failed_jobs(self, scope: Scope, receive: Receive) -> Reply:
        del scope, receive
        return json(await self._looks.failed_jobs())

    async def _failed_job(self, scope: Scope, receive: Receive) -> Reply:
        del receive
        return json(await self._looks.failed_job(forms.number(_query(scope), "job_id")))

    async def _file_status(self, scope: Scope, receive: Receive) -> Reply:
        asked = forms.body(await self._body(scope, receive), FilesAsked)
        return json(await self._files.of(await self._looks.here(), asked.files or []))

    async def _job_result(self, scope: Scope, receive: Receive) -> Reply:
        forms.validated(await self._body(scope, receive), forms.JobResult)
        return json(None)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        announced = next((v for k, v in _headers(scope) if k == b"content-length"), b"0")
        most = self._house.max_body_bytes
        return await bodies.read(
            receive, most, announced=int(announced) if announced.isdigit() else 0
        )


async def _nothing(scope: Scope, receive: Receive) -> Reply:
    del scope, receive
    return json(None)


async def _login(scope: Scope, receive: Receive) -> Reply:
    del scope, receive
    return json(dummies.login())


async def _batch_stage(scope: Scope, receive: Receive) -> Reply:
    del receive
    return json(None) if dummies.may(_headers(scope)) else bare(_FORBIDDEN)


async def _file(scope: Scope, receive: Receive) -> Reply:
    del receive
    path = forms.text(_query(scope), "path")
    return json(dummies.record(path)) if dummies.may(_headers(scope)) else bare(_FORBIDDEN)


def _query(scope: Scope) -> bytes:
    query = scope["query_string"]
    assert isinstance(query, bytes)
    return query


def _headers(scope: Scope) -> Headers:
    return scope["headers"]  # type: ignore[return-value]
