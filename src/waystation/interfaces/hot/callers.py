"""Who calls the hot lane: bearer tokens, certificates, and what we give to our own pages.

Pages have a cookie that is good for GET, and upload tokens that are good for one space.

What a caller may do is remembered for 30 seconds at most and forgotten at once when a token is
revoked (the database tells every process).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant
from waystation.interfaces import credentials, reading, uploading
from waystation.interfaces.credentials import Credential
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.mouths import Headers, Scope
from waystation.interfaces.services import Services
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

    def forget(self) -> None:
        """Somebody's rights changed: look everybody up again."""
        self._known.clear()

    async def of(self, scope: Scope, *, writes: bool, space: str = "") -> Grant:
        """The caller of a request, by what its listener knows too.

        Args:
            scope: of the request.
            writes: it changes something; a page's cookie is not good for that.
            space: that the request is about; a page's upload token is good for its own only.

        Raises:
            UnauthenticatedError: no token and no certificate, or none that is good.
        """
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        shown = credentials.of(scope)
        return await self.recognise(headers, writes=writes, shown=shown, space=space)

    async def recognise(
        self,
        headers: Headers,
        *,
        writes: bool,
        shown: Credential | None = None,
        space: str = "",
    ) -> Grant:
        """The caller of a request. A token wins over a certificate: it was chosen for this call.

        Args:
            headers: of the request.
            writes: it changes something; a page's cookie is not good for that.
            shown: what the client showed in TLS.
            space: that the request is about, if it is.

        Raises:
            UnauthenticatedError: no token and no certificate, or none that is good.
        """
        given = dict(headers)
        text = given.get(b"authorization", b"").decode("latin-1")
        if text[:7].lower() == "bearer ":
            grant = await self._by_bearer(text[7:].strip(), space)
        elif shown is not None:
            _no_page(given, writes=writes)
            return await self._shown(shown)
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
        return grant

    async def _by_bearer(self, token: str, space: str) -> Grant | None:
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
        grant = await look_up(key) if key else None
        if len(self._known) >= _MOST:
            self._known.clear()
        if grant is not None:
            self._known[kind, key] = _Known(grant, monotonic() + self._good_for_s(grant))
        return grant

    def _good_for_s(self, grant: Grant) -> float:
        """How long to remember: never past the end of the token."""
        if grant.expires is None:
            return _REMEMBER_S
        left = grant.expires - self._house.clock.now()
        return min(_REMEMBER_S, left.total_seconds())

    async def _shown(self, shown: Credential) -> Grant:
        """Who the operator bound a certificate's subject to; good as long as the certificate."""
        if shown.not_after <= self._house.clock.now():
            raise UnauthenticatedError(
                "Your certificate or proxy has ended.", advice="Make a new proxy."
            )
        grant = await self._remembered("x509", shown.subject, self._by_subject)
        if grant is None:
            raise UnauthenticatedError(
                f"The certificate {shown.subject} belongs to no account here.",
                advice="Ask the operators to bind it: waystation user dn NAME DN.",
            )
        return replace(grant, expires=shown.not_after)

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
        return accounts.narrowed(accounts.grant(owner[0]), found[0]) if owner else None

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
