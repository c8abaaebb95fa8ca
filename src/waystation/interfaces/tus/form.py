"""The upload form of pages, for browsers without JavaScript: one file, then back to the folder.

A form cannot set headers: its address has the upload token of the page. The fields come in order
of the page: `folder`, `replace`, then the file.
"""

import asyncio
from urllib.parse import parse_qs, quote, urlencode

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import ALWAYS, Condition, Hosting
from waystation.interfaces.dav.callers import known
from waystation.interfaces.dav.taking import Announced
from waystation.interfaces.dav.taking import take as take_file
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Message, Receive, Scope, Send
from waystation.interfaces.tus.multipart import Form
from waystation.kernel.errors import MalformedError, WaystationError

NAME = "form"


async def take(desk: Desk, scope: Scope, receive: Receive, send: Send, space: str) -> None:
    """Take the form, and lead back to the folder's page, which says what came of it."""
    query = scope["query_string"]
    assert isinstance(query, bytes)
    token = parse_qs(query.decode("latin-1")).get("token", [""])[0]
    bearer = {**scope, "headers": [*_bare(scope), (b"authorization", f"Bearer {token}".encode())]}
    said = {"folder": "", "replace": ""}
    try:
        who = known(await desk.callers.of(bearer, writes=True, space=space))
        name = await _store(desk.house.hosting, who, space, _form(scope, receive), said)
        told = {"stored": name}
    except WaystationError as refusal:
        told = {"problem": refusal.code}
    folder = "".join(f"{quote(each)}/" for each in said["folder"].split("/") if each)
    await _lead(send, f"/files/{quote(space)}/{folder}?{urlencode(told)}")


async def _store(
    hosting: Hosting, who: Grant, space: str, form: Form, said: dict[str, str]
) -> str:
    """Store the file of a form; its name. What the fields before it say is put into `said`."""
    while (field := await form.next()) is not None:
        if field.filename is None:
            said[field.name] = await form.text()
            continue
        name = field.filename.replace("\\", "/").rpartition("/")[2]
        condition = ALWAYS if said["replace"] else Condition(absent=True)
        path = f"{said['folder'].strip('/')}/{name}"
        ticket = await asyncio.to_thread(
            hosting.uploads.begin, who, space, path, bytes_=None, condition=condition
        )
        await take_file(hosting, ticket, _as_body(form), Announced(None, {}, condition))
        return name
    raise MalformedError("The form has no file.")


def _as_body(form: Form) -> Receive:
    """The file of a form as if it were a body of its own."""
    pieces = form.data()

    async def receive() -> Message:
        data = await anext(pieces, None)
        return {"type": "http.request", "body": data or b"", "more_body": data is not None}

    return receive


def _form(scope: Scope, receive: Receive) -> Form:
    media = next((value for name, value in _bare(scope) if name == b"content-type"), b"")
    return Form(media, receive)


def _bare(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers without what says who calls: the token of the address says it."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment]
    return [(n, v) for n, v in headers if n not in {b"authorization", b"cookie"}]


async def _lead(send: Send, address: str) -> None:
    headers = [(b"location", address.encode()), (b"content-length", b"0")]
    headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
