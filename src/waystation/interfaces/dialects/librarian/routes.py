"""`/api/v2/…`: every call is a POST with HTTP Basic and a JSON body, or none."""

import asyncio
import contextvars
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg

from waystation.interfaces import problems
from waystation.interfaces.dialects.librarian.administering import Administering
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.call import Call, Reply, encoded, told
from waystation.interfaces.dialects.librarian.callers import Caller, Callers, basic
from waystation.interfaces.dialects.librarian.checkin import Checkin
from waystation.interfaces.dialects.librarian.cloning import Cloning
from waystation.interfaces.dialects.librarian.levels import Level
from waystation.interfaces.dialects.librarian.librarians import Librarians
from waystation.interfaces.dialects.librarian.mending import Mending
from waystation.interfaces.dialects.librarian.peers import Neighbours
from waystation.interfaces.dialects.librarian.refusals import (
    RefusedError,
    broken,
    refused,
    unauthorized,
)
from waystation.interfaces.dialects.librarian.remotes import Remotes
from waystation.interfaces.dialects.librarian.searching import Searching
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.terms import Terms
from waystation.interfaces.dialects.librarian.uploading import Uploading
from waystation.interfaces.dialects.librarian.users import Users
from waystation.interfaces.dialects.librarian.validating import Validating
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, UnauthenticatedError, WaystationError

log = logging.getLogger(__name__)

PREFIX = "/api/v2/"
_CALLING = {
    *("admin/librarians/list", "admin/librarians/add"),
    *("corrupt/prepare", "corrupt/resend"),
}
_MOST_BODY = 1_048_576
_FOUND_ELSEWHERE, _WRONG_VERB, _NOWHERE = 307, 405, 404
Answer = Callable[[Call], Reply]


class Librarian:
    """A `Mouth`."""

    def __init__(self, desk: Desk, terms: Terms, neighbours: Neighbours) -> None:
        shelf, area = Shelf(desk.house, terms), Area(terms.staging)
        self._shelf = shelf
        self._callers = Callers(desk)
        self._table = _table(shelf, area, neighbours)
        # Those that read whole files: they are not to hold up the calls that are short.
        self._readers = ThreadPoolExecutor(terms.threads, "librarian")
        self._slow = {"upload/commit", "validate/file", *_CALLING}

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises."""
        del headers
        if not path.startswith(PREFIX):
            return None
        name = path.removeprefix(PREFIX)
        if name not in self._table:
            other = name[:-1] if name.endswith("/") else f"{name}/"
            return _elsewhere(f"{PREFIX}{other}") if other in self._table else _nowhere
        return partial(self._answer, name) if method == "POST" else _wrong_verb

    async def _answer(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        reply = await self._replied(name, scope, receive)
        await _send(send, reply)

    async def _replied(self, name: str, scope: Scope, receive: Receive) -> Reply:
        """The answer to a call, whatever happens."""
        try:
            return await self._called(name, scope, receive)
        except RefusedError as refusal:
            return Reply(refusal.status, encoded(refusal.body), headers=refusal.headers)
        except (UnauthenticatedError, ForbiddenError) as refusal:
            log.info("%s: %s", name, refusal.sentence)
            wrong = unauthorized()
            return Reply(wrong.status, encoded(wrong.body), headers=wrong.headers)
        except WaystationError as trouble:
            status = problems.status_of(trouble.code)
            return told(refused(status, trouble.sentence, trouble.advice).body, status)
        except psycopg.DataError as problem:
            unfit = problems.unfit(problem)
            return told(refused(400, unfit.sentence, unfit.advice).body, 400)
        except Exception:
            log.exception("%s", name)
            return told(broken().body, broken().status)

    async def _called(self, name: str, scope: Scope, receive: Receive) -> Reply:
        least, answer = self._table[name]
        if least is Level.NONE:
            basic(scope)  # any will do
            return told(_ping(self._shelf.terms))
        body = await bodies.read(receive, _MOST_BODY)
        caller = await self._callers.caller(scope)
        pool = self._readers if name in self._slow else None
        work = partial(self._permitted, least, answer, caller, body)
        run = contextvars.copy_context().run
        # Who hangs up in mid-commit does not stop it; its end is in the row.
        return await asyncio.get_running_loop().run_in_executor(pool, run, work)

    def _permitted(self, least: Level, answer: Answer, caller: Caller, body: bytes) -> Reply:
        here = self._shelf.standing(caller.grant)
        if self._shelf.level(caller.grant, here, asked=least) < least:
            raise unauthorized()
        return answer(Call(caller.grant, here, body, caller.password))


def make(terms: Terms, known: Callable[[Services], Neighbours]) -> MakeMouth:
    """For the lane."""
    return lambda desk: Librarian(desk, terms, known(desk.house))


def _table(shelf: Shelf, area: Area, neighbours: Neighbours) -> Mapping[str, tuple[Level, Answer]]:
    """Who answers what, and which level it needs."""
    uploading, searching, users = Uploading(shelf, area), Searching(shelf), Users(shelf)
    validating, administering = Validating(shelf), Administering(shelf, area)

    librarians = Librarians(shelf, neighbours)
    mending = Mending(shelf, validating, neighbours)
    cloning, remotes = Cloning(shelf, area, uploading), Remotes(shelf)
    checkin = Checkin(shelf, cloning)

    def ping(call: Call) -> Reply:
        del call
        return told(_ping(shelf.terms))

    return {
        "ping/": (Level.NONE, ping),
        "ping/logged": (Level.READONLY, ping),
        "ping/admin": (Level.ADMIN, ping),
        "upload/stage": (Level.READAPPEND, uploading.stage),
        "upload/commit": (Level.READAPPEND, uploading.commit),
        "clone/stage": (Level.READAPPEND, cloning.stage),
        "clone/batch_stage": (Level.READAPPEND, cloning.batch_stage),
        "clone/ongoing": (Level.READAPPEND, cloning.ongoing),
        "clone/staged": (Level.CALLBACK, cloning.staged),
        "clone/complete": (Level.CALLBACK, checkin.complete),
        "clone/fail": (Level.READAPPEND, cloning.fail),
        "checkin/status": (Level.CALLBACK, checkin.status),
        "checkin/update": (Level.CALLBACK, checkin.update),
        "corrupt/prepare": (Level.CALLBACK, mending.prepare),
        "corrupt/resend": (Level.CALLBACK, mending.resend),
        "search/file": (Level.READONLY, searching.files),
        "search/error": (Level.ADMIN, searching.errors),
        "search/instance_local": (Level.ADMIN, searching.instances),
        "search/instance_remote": (Level.ADMIN, remotes.find),
        "error/clear": (Level.ADMIN, searching.clear),
        "validate/file": (Level.READONLY, validating.file),
        "users/create": (Level.ADMIN, users.create),
        "users/update": (Level.ADMIN, users.update),
        "users/delete": (Level.ADMIN, users.delete),
        "users/get": (Level.ADMIN, users.get),
        "users/password_update": (Level.READONLY, users.password),
        "admin/add_file": (Level.ADMIN, administering.add),
        "admin/stores/list": (Level.ADMIN, administering.stores),
        "admin/stores/state_change": (Level.ADMIN, administering.switch),
        "admin/stores/manifest": (Level.ADMIN, administering.manifest),
        "admin/librarians/list": (Level.ADMIN, librarians.list),
        "admin/librarians/add": (Level.ADMIN, librarians.add),
        "admin/librarians/remove": (Level.ADMIN, librarians.remove),
        # The first is the server's spelling, the second its own client's.
        "admin/librarians/transfer_status/change": (Level.ADMIN, librarians.switch),
        "admin/librarians/transfer_status/set": (Level.ADMIN, librarians.switch),
        "admin/instance/delete_local": (Level.ADMIN, administering.delete_local),
        "admin/instance/delete_remote": (Level.ADMIN, remotes.forget),
    }


def _ping(terms: Terms) -> dict[str, object]:
    return {"name": terms.title, "description": terms.description}


def _elsewhere(path: str) -> Handler:
    """The same call is answered with a slash more, or less; the body goes there too."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        # Without scheme and host: those that the client knows may be a proxy's.
        await _send(send, Reply(_FOUND_ELSEWHERE, headers=[(b"location", path.encode())]))

    return lead


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await _send(send, told({"detail": "Not Found"}, _NOWHERE))


async def _wrong_verb(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    body = encoded({"detail": "Method Not Allowed"})
    await _send(send, Reply(_WRONG_VERB, body, headers=[(b"allow", b"POST")]))


async def _send(send: Send, reply: Reply) -> None:
    headers = [
        (b"cache-control", b"no-store"),
        (b"x-request-id", tracing.request_id.get().encode()),
        *reply.headers,
    ]
    if reply.parts is None:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.parts is not None or reply.body:
        headers.append((b"content-type", reply.media))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.parts is None:
        await send({"type": "http.response.body", "body": reply.body})
        return
    while (part := await asyncio.to_thread(next, reply.parts, None)) is not None:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
