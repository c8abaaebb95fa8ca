"""Who calls: a token of this wire, a token of ours, or a certificate at the grid port."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant
from waystation.domains.people.door import objection
from waystation.interfaces.dialects.act import tokens
from waystation.interfaces.dialects.act.store import proxies
from waystation.interfaces.dialects.act.terms import Terms
from waystation.interfaces.dialects.act.tokens import Claims
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import UnauthenticatedError

MISSING = "Auth token is missing"
EXPIRED = "Auth token is expired"
GONE = "Proxy from token does not exist in database or is expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was recognised; `proxy_id` of the token, None of who showed another thing."""

    grant: Grant
    proxy_id: int | None = None
    ends: datetime | None = None


class Callers:
    """Recognises callers."""

    def __init__(self, desk: Desk, terms: Terms) -> None:
        self._desk = desk
        self._key = terms.key

    async def caller(self, scope: Scope, *, writes: bool) -> Caller:
        """The caller of a request.

        Raises:
            UnauthenticatedError: nothing was shown, or nothing good.
            ForbiddenError: an account that has not agreed to the policy.
        """
        claims = self.claims(scope)
        if claims is None:
            grant = await self._desk.callers.of(scope, writes=writes)
            return Caller(grant)
        found = await self._desk.pool.rows(proxies.one(claims.proxy_id))
        ends = found[0]["expires"] if found else None
        if claims.pending or not isinstance(ends, datetime) or ends <= self._now():
            raise UnauthenticatedError(GONE, advice="Run `act proxy`.")
        # A renewed proxy may have come to another account: the old token does not follow it.
        owner = await self._desk.pool.rows(accounts.user(int(str(found[0]["user_id"]))))
        if not owner or found[0]["user_id"] != claims.user_id:
            raise UnauthenticatedError(GONE, advice="Run `act proxy`.")
        await self._agreed(claims.user_id)
        via = f"proxy {found[0]['dn']}"
        ends_by_token = datetime.fromtimestamp(claims.ends, UTC)
        grant = replace(accounts.grant(owner[0]), admin=False, expires=ends_by_token, via=via)
        self._desk.callers.admit(grant, limited=False)
        return Caller(grant, claims.proxy_id, ends)

    def claims(self, scope: Scope) -> Claims | None:
        """What a token of this wire says; None when none was sent.

        Raises:
            UnauthenticatedError: it has ended.
        """
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        kind, _, token = dict(headers).get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        claims = tokens.read(self._key, token.strip())
        if claims is not None and claims.ends <= self._now().timestamp():
            raise UnauthenticatedError(EXPIRED, advice="Run `act proxy`.")
        return claims

    async def _agreed(self, user_id: int) -> None:
        if found := await self._desk.pool.rows(self._desk.house.policies.overdue(user_id)):
            raise objection(found[0])

    def _now(self) -> datetime:
        return self._desk.house.clock.now()
