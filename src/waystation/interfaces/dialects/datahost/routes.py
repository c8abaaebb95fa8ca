"""`/datahost/…`: the two calls of old, and those that the commands need beside them.

POST            transmit/   a file in                        (Data Host, 2009)
GET, HEAD, POST receive/    a file out                       (Data Host, 2009)
POST            login/      name and password for a session  (ours)
POST            logout/     its end                          (ours)
GET             list/       what there is                    (ours)
POST            delete/     a file into the trash            (ours)
GET             clients/    the commands; also at /clients/  (ours)
"""

from collections.abc import Awaitable, Callable, Mapping

from waystation.interfaces.dialects.datahost import clients, wheel
from waystation.interfaces.dialects.datahost.files import Files
from waystation.interfaces.dialects.datahost.sessions import Sessions
from waystation.interfaces.dialects.datahost.terms import Terms
from waystation.interfaces.hot.desk import Desk, MakeMouth
from waystation.interfaces.hot.mounted import WrongVerbError
from waystation.interfaces.hot.reply import send_problem
from waystation.interfaces.mouths import Handler, Headers, Receive, Scope, Send
from waystation.kernel.errors import NotFoundError

PREFIX = "/datahost/"
CLIENTS = "/clients/"
Call = Callable[[Scope, Receive, Send], Awaitable[None]]


def make(terms: Terms) -> MakeMouth:
    """For the lane."""
    return lambda desk: DataHost(desk, terms)


class DataHost:
    """A `Mouth`."""

    def __init__(self, desk: Desk, terms: Terms) -> None:
        files = Files(desk, terms.space)
        sessions = Sessions(desk, terms.session, terms.plain_password)
        self._table: Mapping[str, Mapping[str, Call]] = {
            "transmit": {"POST": files.transmit},
            "receive": {"GET": files.receive, "HEAD": files.receive, "POST": files.receive},
            "login": {"POST": sessions.login},
            "logout": {"POST": sessions.logout},
            "list": {"GET": files.list},
            "delete": {"POST": files.delete},
            "clients": {"GET": _page},
            f"clients/{clients.ARCHIVE}": {"GET": _archive},
            f"clients/{wheel.name()}": {"GET": _wheel},
        }

    def match(self, method: str, path: str, headers: Headers) -> Handler | None:
        """As the port promises; a slash at the end may be left out."""
        del headers
        if not path.startswith((PREFIX, CLIENTS)):
            return None
        name = path.removeprefix(PREFIX) if path.startswith(PREFIX) else path[1:]
        verbs = self._table.get(name.removesuffix("/"))
        if verbs is None:
            return _nowhere
        return verbs.get(method) or _wrong_verb(verbs)


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    del receive
    await clients.page(send, scope)


async def _wheel(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await clients.modern(send)


async def _archive(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await clients.archive(send)


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    problem = NotFoundError("There is nothing here.", advice="There are transmit/ and receive/.")
    await send_problem(send, problem)


def _wrong_verb(verbs: Mapping[str, Call]) -> Handler:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        problem = WrongVerbError(f"{scope['method']} is not done here.")
        await send_problem(send, problem, [(b"allow", ", ".join(verbs).encode())])

    return refuse
