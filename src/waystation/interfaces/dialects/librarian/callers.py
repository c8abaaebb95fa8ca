"""Who calls: HTTP Basic with every request, as its client sends it.

A password is checked once (argon2id is slow, and shall be) and then known for some minutes by an
HMAC under a key of this process. The stored hash is part of what is remembered, and is read anew
for every request: a password that was changed, or an account that was suspended, is good no more
from the next request on, in every process. A token of the account may stand in the password's
place.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

from django.contrib.auth.hashers import check_password, make_password

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant
from waystation.domains.people.door import objection
from waystation.interfaces.dialects.librarian.refusals import no_credentials, unauthorized
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers, Scope
from waystation.kernel.errors import UnauthenticatedError

GOOD_FOR_S = 300.0
"""So long a password that was checked is not checked again."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client sent."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was recognised; `password` is empty for who showed a token."""

    grant: Grant
    password: str


class Callers:
    """Recognises callers."""

    def __init__(self, desk: Desk, check: Callable[[str, str], bool] = check_password) -> None:
        self._desk = desk
        self._check = check
        self._key = secrets.token_bytes(32)
        self._good: dict[bytes, float] = {}
        # Of many calls that come at once with one password, the first pays for the check.
        self._one = asyncio.Lock()

    async def caller(self, scope: Scope) -> Caller:
        """The caller of a request.

        Raises:
            RefusedError: nothing was shown, or nothing good.
            LimitReachedError: too many wrong passwords lately.
            ForbiddenError: the account has not agreed to the policy.
        """
        shown = basic(scope)
        if accounts.parsed(shown.password) is not None:
            return Caller(await self._by_token(shown), "")
        found = await self._desk.pool.rows(accounts.credential(shown.name))
        stored = str(found[0]["password"]) if found else ""
        known = self._digest(shown, stored)
        if self._good.get(known, 0.0) <= monotonic():
            async with self._one:
                if self._good.get(known, 0.0) <= monotonic():
                    await asyncio.to_thread(self._prove, shown, stored, _address(scope))
                    await self._agreed(int(str(found[0]["id"])))
                    if len(self._good) >= _MOST:
                        self._good.clear()
                    self._good[known] = monotonic() + GOOD_FOR_S
        grant = replace(accounts.grant(found[0]), via="password")
        return Caller(self._desk.callers.admit(grant, limited=False), shown.password)

    def _digest(self, shown: Shown, stored: str) -> bytes:
        parts = (shown.name, shown.password, stored)
        text = b"".join(len(p.encode()).to_bytes(8) + p.encode() for p in parts)
        return hmac.new(self._key, text, hashlib.sha256).digest()

    def _prove(self, shown: Shown, stored: str, address: str | None) -> None:
        """Check a password; guesses are counted as on the sign-in page.

        Raises:
            LimitReachedError: too many of them.
            RefusedError: it is wrong.
        """
        service = self._desk.house.accounts
        service.may_try(name=shown.name, address=address)
        if not stored:
            make_password(shown.password)  # who is not there costs as much as who is
        if not stored or not self._check(shown.password, stored):
            service.was_wrong(name=shown.name, address=address)
            raise unauthorized()

    async def _by_token(self, shown: Shown) -> Grant:
        headers: Headers = [(b"authorization", b"Bearer " + shown.password.encode())]
        try:
            grant = await self._desk.callers.recognise(headers, writes=True)
        except UnauthenticatedError as wrong:
            raise unauthorized() from wrong
        if grant.name != shown.name:
            raise unauthorized()
        return grant

    async def _agreed(self, user_id: int) -> None:
        if found := await self._desk.pool.rows(self._desk.house.policies.overdue(user_id)):
            raise objection(found[0])


def basic(scope: Scope) -> Shown:
    """What a request shows.

    Raises:
        RefusedError: no HTTP Basic.
    """
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    kind, _, text = dict(headers).get(b"authorization", b"").partition(b" ")
    if kind.lower() != b"basic":
        raise no_credentials()
    try:
        plain = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as wrong:
        raise no_credentials() from wrong
    try:
        name, colon, password = plain.decode().partition(":")
    except UnicodeDecodeError:
        # `requests` sends what is no ASCII as Latin-1.
        name, colon, password = plain.decode("latin-1").partition(":")
    if not colon or "\0" in name:
        raise no_credentials()
    return Shown(name, password)


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if isinstance(client, tuple | list) and client else None
