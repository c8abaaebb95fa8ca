"""Who calls the hot lane: bearer tokens, certificates, and what we give to our own pages.

Pages have a cookie that is good for GET, and upload tokens that are good for one space.

What a caller may do is remembered for 30 seconds at most and forgotten at once when a token is
revoked (the database tells every process).
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant
from waystation.domains.people.door import objection
from waystation.interfaces import credentials, reading, uploading
from waystation.interfaces.credentials import Credential
from waystation.interfaces.hot import capabilities
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.macaroons import wire
from waystation.interfaces.mouths import Headers, Scope
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, UnauthenticatedError

LookUp = Callable[[str], Awaitable[Grant | None]]

_REMEMBER_S = 30.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    grant: Grant
    until: float


class Callers:
    """Recognises callers, remembering them for a moment."""

    def __init__(self, pool: HotPool, house: Services) -> None:
        self._pool = pool
        self._house = house
        # By what was shown and its kind: a name, which is no secret, must not pass for a token.
        self._known: dict[tuple[str, str], _Known] = {}
        self._told = 0
        self._running: dict[asyncio.Task[object], int] = {}
        self.cut: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()
        """Requests that were ended because their account was suspended."""

    def forget(self) -> None:
        """Somebody's rights changed: look everybody up again."""
        self._known.clear()
        self._told += 1

    async def cut_closed(self) -> None:
        """End what accounts have under way that were suspended."""
        asked = set(self._running.values())
        if not asked:
            return
        found = await self._pool.rows(accounts.active(sorted(asked)))
        closed = asked - {row["id"] for row in found}
        for task, user in list(self._running.items()):
            if user in closed:
                self.cut.add(task)
                task.cancel()

    async def of(
        self, scope: Scope, *, writes: bool, space: str = "", limited: bool = False
    ) -> Grant:
        """The caller of a request, by what its listener knows too.

        Args:
            scope: of the request.
            writes: it changes something; a page's cookie is not good for that.
            space: that the request is about; a page's upload token is good for its own only.
            limited: who asks obeys the limits of a credential; else limited ones are refused.

        Raises:
            UnauthenticatedError: no token and no certificate, or none that is good.
            ForbiddenError: a credential that is for some places only, and this is no place.
        """
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        shown = credentials.of(scope)
        bearer = _bearer(dict(headers))
        if limited and wire.ours(bearer):
            found = await capabilities.by_macaroon(self._pool, self._house, scope, bearer)
            if found is None:
                raise UnauthenticatedError(
                    "This macaroon is not good: it has ended, was changed, or is for elsewhere.",
                    advice="Ask for a new one.",
                )
            return self.admit(found, limited=True)
        return await self.recognise(
            headers, writes=writes, shown=shown, space=space, limited=limited
        )

    async def recognise(
        self,
        headers: Headers,
        *,
        writes: bool,
        shown: Credential | None = None,
        space: str = "",
        limited: bool = False,
    ) -> Grant:
        """The caller of a request. A token wins over a certificate: it was chosen for this call.

        Args:
            headers: of the request.
            writes: it changes something; a page's cookie is not good for that.
            shown: what the client showed in TLS.
            space: that the request is about, if it is.
            limited: who asks obeys the limits of a credential; else limited ones are refused.

        Raises:
            UnauthenticatedError: no token and no certificate, or none that is good.
            ForbiddenError: a credential that is for some places only, and this is no place.
        """
        given = dict(headers)
        # Also an empty one: what was chosen for this call and is not good is not passed over.
        if given.get(b"authorization", b"")[:7].lower() == b"bearer ":
            grant = await self._by_bearer(_bearer(given), space)
        elif shown is not None:
            _no_page(given, writes=writes)
            grant = await self._shown(shown)
        elif not writes and b"cookie" in given:
            cookie = _cookie(given[b"cookie"].decode("latin-1"))
            grant = await self._remembered("cookie", cookie, self._by_cookie)
        else:
            grant = None
        if grant is None:
            raise UnauthenticatedError(
                "You are not signed in.",
                advice="Send a token: Authorization: Bearer way_… (make one on the tokens page).",
            )
        return self.admit(grant, limited=limited)

    def admit(self, grant: Grant, *, limited: bool) -> Grant:
        """Let a caller in who was recognised, by whatever: the last thing for every request.

        Raises:
            ForbiddenError: a credential that is for some places only, and this is no place.
        """
        if grant.limits is not None and not limited:
            raise ForbiddenError(
                f"{grant.limits.made_by} is for files only.", advice="Use a token of your own."
            )
        tracing.actor.set(grant.actor)
        self._runs(grant)
        return grant

    async def by_signature(self, scope: Scope) -> Grant | None:
        """The caller by a signed address (`?signature=…`), limited; None when it is not good."""
        found = await capabilities.signed(self._pool, self._house, scope)
        return self.admit(found, limited=True) if found is not None else None

    def _runs(self, grant: Grant) -> None:
        """Remember whose request this is for as long as it lasts."""
        task = asyncio.current_task()
        if task is not None and task not in self._running:
            self._running[task] = grant.user_id
            task.add_done_callback(lambda done: self._running.pop(done, None))

    async def _by_bearer(self, token: str, space: str) -> Grant | None:
        if self._house.bearers.ours(token):
            return await self._remembered("jwt", token, self._by_jwt)
        if not uploading.ours(token):
            return await self._remembered("token", token, self._by_token)
        uploader = uploading.read(self._house.read_key, token, now_s=self._now_s())
        if uploader is None or uploader.space != space:
            return None
        return await self._remembered("upload", token, self._by_upload)

    async def _remembered(self, kind: str, key: str, look_up: LookUp) -> Grant | None:
        known = self._known.get((kind, key))
        if known is not None and known.until > monotonic():
            return known.grant
        told, grant = -1, None
        while told != self._told:  # what was told meanwhile may be about this caller
            told, grant = self._told, await look_up(key) if key else None
        if len(self._known) >= _MOST:
            self._known.clear()
        if grant is not None:
            await self._agreed(grant)
            self._known[kind, key] = _Known(grant, monotonic() + self._good_for_s(grant))
        return grant

    async def _agreed(self, grant: Grant) -> None:
        """Whether the account has agreed to the policy, or has time left for it.

        Raises:
            ForbiddenError: no.
        """
        if found := await self._pool.rows(self._house.policies.overdue(grant.user_id)):
            raise objection(found[0])

    def _good_for_s(self, grant: Grant) -> float:
        """How long to remember: never past the end of the token."""
        if grant.expires is None:
            return _REMEMBER_S
        left = grant.expires - self._house.clock.now()
        return min(_REMEMBER_S, left.total_seconds())

    async def holder(self, shown: Credential) -> Grant | None:
        """Whose certificate it is, None when it is nobody's here; its end is not looked at."""
        return await self._remembered("x509", shown.subject, self._by_subject)

    async def _shown(self, shown: Credential) -> Grant:
        """Who the operator bound a certificate's subject to; good as long as the certificate."""
        if shown.not_after <= self._house.clock.now():
            raise UnauthenticatedError(
                "Your certificate or proxy has ended.", advice="Make a new proxy."
            )
        grant = await self.holder(shown)
        if grant is None:
            raise UnauthenticatedError(
                f"The certificate {shown.subject} belongs to no account here.",
                advice="Ask the operators to bind it: waystation user dn NAME DN.",
            )
        via = f"certificate {shown.subject}"
        return replace(grant, expires=shown.not_after, via=via)

    async def _by_subject(self, subject: str) -> Grant | None:
        found = await self._pool.rows(accounts.by_subject(subject))
        return accounts.grant(found[0]) if found else None

    async def _by_token(self, text: str) -> Grant | None:
        parsed = accounts.parsed(text)
        if parsed is None:
            return None
        now = self._house.clock.now()
        found = await self._pool.rows(accounts.token(parsed[0], now=now))
        if not found or not accounts.matches(found[0], parsed[1]):
            return None
        owner = await self._pool.rows(accounts.user(int(str(found[0]["user_id"]))))
        if not owner:
            return None
        if accounts.stale(found[0], now=now):
            await asyncio.to_thread(self._house.accounts.was_used, parsed[0])
        return accounts.narrowed(accounts.grant(owner[0]), found[0])

    async def _by_jwt(self, text: str) -> Grant | None:
        return await asyncio.to_thread(self._house.bearers.read, text)

    async def _by_cookie(self, value: str) -> Grant | None:
        reader = reading.read(self._house.read_key, value, now_s=self._now_s())
        return await self._in_session(reader.user_id, reader.session) if reader else None

    async def _by_upload(self, token: str) -> Grant | None:
        uploader = uploading.read(self._house.read_key, token, now_s=self._now_s())
        if uploader is None:
            return None
        grant = await self._in_session(uploader.user_id, uploader.session)
        if grant is None:
            return None
        ends = datetime.fromtimestamp(uploader.ends, UTC)
        scopes = grant.scopes & {accounts.Scope.READ, accounts.Scope.WRITE}
        return replace(grant, scopes=scopes, expires=ends)

    async def _in_session(self, user_id: int, session: str) -> Grant | None:
        """The account, as long as the browser session lives."""
        now = self._house.clock.now()
        if not await self._pool.rows(accounts.session(session, now=now)):
            return None
        owner = await self._pool.rows(accounts.user(user_id))
        return accounts.grant(owner[0]) if owner else None

    def _now_s(self) -> float:
        return self._house.clock.now().timestamp()


def _bearer(given: dict[bytes, bytes]) -> str:
    """The bearer token of a request's headers; empty without one."""
    text = given.get(b"authorization", b"").decode("latin-1")
    return text[7:].strip() if text[:7].lower() == "bearer " else ""


def _no_page(given: dict[bytes, bytes], *, writes: bool) -> None:
    """Browsers send a certificate with whatever any page asks of us: no page may write by it."""
    if writes and b"origin" in given:
        raise ForbiddenError(
            "A web page cannot write with your certificate.", advice="Send a token instead."
        )


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == reading.NAME:
            return value
    return ""
