"""The SDK's part for handing access on: links, tokens for jobs, signed addresses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from waystation_client.transport import Transport, decoded

T = TypeVar("T")


class Place(Struct, frozen=True, kw_only=True):
    """A path of a space, all that is below it, and what may be done there.

    Attributes:
        space: its name.
        path: in it; empty is the whole space.
        verbs: of read, list, create, modify, delete, stage.
    """

    space: str
    path: str = ""
    verbs: list[str]


class MadeJobToken(Struct, frozen=True, kw_only=True):
    """A new token for a job; its secret is never told again."""

    token: str
    name: str
    places: list[Place]
    expires: datetime


class JobToken(Struct, frozen=True, kw_only=True):
    """A token for a job as it is listed; when it was last used is known to an hour."""

    id: int
    name: str
    places: list[Place]
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None


class JobTokens(Struct, frozen=True, kw_only=True):
    """One's own."""

    tokens: list[JobToken]


class Share(Struct, frozen=True, kw_only=True):
    """A link to a file or folder, for people without an account.

    Attributes:
        id: its number.
        url: to hand on; empty when the server cannot tell it again.
        space, path: that it leads to; no path when that is deleted.
        label: what it is for.
        made_by: account, on whose role it hangs.
        ended: its time is over, or its downloads are used.
        password: it has one.
        drop_box: visitors only put files in.
        downloads: at most so many; None is any number.
        uses: files given out or put in so far.
    """

    id: int
    url: str
    space: str
    path: str | None
    label: str = ""
    made_by: str = ""
    created: datetime
    expires: datetime | None = None
    ended: bool = False
    password: bool = False
    drop_box: bool = False
    downloads: int | None = None
    uses: int = 0
    last_used: datetime | None = None


class SharePage(Struct, frozen=True, kw_only=True):
    """Links of a space, newest first."""

    shares: list[Share]
    next_before: int | None = None


class Signed(Struct, frozen=True, kw_only=True):
    """The address of a file that lets whoever has it fetch or put it."""

    url: str
    expires: datetime


class Access:
    """Hands on what one may do oneself. Reached as `Client.access`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def job_token(self, name: str, places: Sequence[Place], *, lifetime_s: int) -> MadeJobToken:
        """Make a token for a job: good for these places only, for at most 30 days.

        Raises:
            ForbiddenError: more than you may do yourself.
        """
        body = {"name": name, "places": list(places), "lifetime_s": lifetime_s}
        return self._send("POST", "job-tokens", MadeJobToken, body)

    def job_tokens(self) -> list[JobToken]:
        """Return your tokens for jobs, newest first."""
        return self._send("GET", "job-tokens", JobTokens).tokens

    def revoke_job_token(self, number: int) -> None:
        """End a token of your own at once."""
        self._send("DELETE", f"job-tokens/{number}", JobTokens)

    def share(
        self,
        space: str,
        path: str,
        *,
        label: str = "",
        lifetime_s: int | None = 604_800,
        password: str = "",
        drop_box: bool = False,
        downloads: int | None = None,
    ) -> Share:
        """Make a link to a file or folder of a space that you manage.

        Args:
            space: its name.
            path: in it.
            label: what it is for; the visitor reads it.
            lifetime_s: seconds; None is without end.
            password: of at least 8 characters; empty is none.
            drop_box: visitors only put files in, and see nothing.
            downloads: at most so many whole files; None is any number.
        """
        body = {
            "path": path,
            "label": label,
            "lifetime_s": lifetime_s,
            "password": password,
            "drop_box": drop_box,
            "downloads": downloads,
        }
        return self._send("POST", f"spaces/{quote(space, safe='')}/shares", Share, body)

    def shares(self, space: str) -> Iterator[Share]:
        """Yield the links of a space that you manage, newest first."""
        before: int | None = None
        while True:
            query = {"limit": 200, "before": before}
            where = f"spaces/{quote(space, safe='')}/shares"
            page = self._send("GET", where, SharePage, query=query)
            yield from page.shares
            before = page.next_before
            if before is None:
                return

    def revoke_share(self, space: str, number: int) -> None:
        """End a link at once."""
        where = f"spaces/{quote(space, safe='')}/shares/{number}"
        self._send("DELETE", where, SharePage)

    def sign(
        self,
        space: str,
        path: str,
        *,
        verb: Literal["GET", "PUT"] = "GET",
        lifetime_s: int = 3_600,
        network: str = "",
    ) -> Signed:
        """Sign the address of one file, for at most 7 days, maybe from one network only."""
        body = {
            "space": space,
            "path": path,
            "verb": verb,
            "lifetime_s": lifetime_s,
            "network": network,
        }
        return self._send("POST", "signed-urls", Signed, body)

    def _send(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
    ) -> T:
        raw = msgspec.json.encode(body) if body is not None else None
        answer = self._transport.call(
            method,
            path,
            query=query,
            body=(lambda: iter([raw])) if raw is not None else None,
            idempotent=method == "GET",
        )
        return decoded(answer, kind)
