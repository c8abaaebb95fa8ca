"""GET of a file that is on tape: it is not waited for, but with `Prefer: respond-async` staged.

RFC 7240 section 4.1: the answer is 202, with where to look how far it is. Asking again while it is
on its way joins what is under way; once it is on disk GET answers with the bytes.
"""

import asyncio

from waystation.domains.accounts.door import Grant
from waystation.domains.hosting.door import Space
from waystation.domains.staging.door import FileView
from waystation.interfaces import bringing
from waystation.interfaces.hot.reply import Send, send_json
from waystation.interfaces.mouths import Headers
from waystation.interfaces.services import Services
from waystation.kernel.errors import WaystationError

ASYNC = b"respond-async"
AGAIN_S = 60
"""When to ask again: a mount takes about so long."""


def prefers(headers: Headers) -> bool:
    """Whether the client would rather be told where to wait."""
    wishes = b",".join(value for name, value in headers if name == b"prefer").lower()
    return ASYNC in {wish.strip() for wish in wishes.replace(b";", b",").split(b",")}


async def begin(send: Send, house: Services, who: Grant, space: Space, path: str) -> None:
    """Have the file staged, unless it is on its way, and say where to look."""
    view, request = await asyncio.to_thread(_bring, house, who, space, path)
    more = [
        (b"preference-applied", ASYNC),
        (b"retry-after", b"%d" % AGAIN_S),
        *([(b"location", f"/api/v1/stage-requests/{request}".encode())] if request else []),
    ]
    await send_json(send, view, 202, more)


def _bring(house: Services, who: Grant, space: Space, path: str) -> tuple[FileView, int | None]:
    view = bringing.look(house, space, [path])[0]
    if view.request is None:
        made = bringing.bring(house, who, space.name, [path])
        return bringing.look(house, space, [path])[0], made.request.id
    try:
        # Somebody else's request may bring it; where that stands is not the caller's to see.
        return view, house.staging.request(who, view.request).id
    except WaystationError:
        return view, None
