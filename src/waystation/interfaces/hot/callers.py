"""Who calls the hot lane: bearer tokens, and the reading cookie of pages for GET.

What a caller may do is remembered for 30 seconds at most and forgotten at once when a token is
revoked (the database tells every process).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant
from waystation.interfaces import reading
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.services import Services
from waystation.kernel.errors import UnauthenticatedError

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
        self._known: dict[str, _Known] = {}

    def forget(self) -> None:
        """Somebody's rights changed: look everybody up again."""
        self._known.clear()

    async def recognise(self, headers: list[tuple[bytes, bytes]], *, writes: bool) -> Grant:
        """The caller of a request.

        Raises:
            UnauthenticatedError: no token, or none that is good.
        """
        given = dict(headers)
        text = given.get(b"authorization", b"").decode("latin-1")
        if text[:7].lower() == "bearer ":
            grant = await self._remembered(text[7:].strip(), self._by_token)
        elif not writes and b"cookie" in given:
            cookie = _cookie(given[b"cookie"].decode("latin-1"))
            grant = await self._remembered(cookie, self._by_cookie)
        else:
            grant = None
        if grant is None:
            raise UnauthenticatedError(
                "You are not signed in.",
                advice="Send a token: Authorization: Bearer way_… (make one on the tokens page).",
            )
        return grant

    async def _remembered(self, key: str, look_up: LookUp) -> Grant | None:
        known = self._known.get(key)
        if known is not None and known.until > monotonic():
            return known.grant
        grant = await look_up(key) if key else None
        if len(self._known) >= _MOST:
            self._known.clear()
        if grant is not None:
            self._known[key] = _Known(grant, monotonic() + self._good_for_s(grant))
        return grant

    def _good_for_s(self, grant: Grant) -> float:
        """How long to remember: never past the end of the token."""
        if grant.expires is None:
            return _REMEMBER_S
        left = grant.expires - self._house.clock.now()
        return min(_REMEMBER_S, left.total_seconds())

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
        now = self._house.clock.now()
        reader = reading.read(self._house.read_key, value, now_s=now.timestamp())
        if reader is None:
            return None
        if not await self._pool.rows(accounts.session(reader.session, now=now)):
            return None
        owner = await self._pool.rows(accounts.user(reader.user_id))
        return accounts.grant(owner[0]) if owner else None


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == reading.NAME:
            return value
    return ""
