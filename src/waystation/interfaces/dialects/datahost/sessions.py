"""`datahost-login` and `datahost-logout`: a password becomes a short-lived token, and ends."""

import asyncio
import ipaddress
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.contrib.auth import authenticate
from django.db import connection

from waystation.domains.accounts.door import Accounts, Grant, parsed
from waystation.domains.accounts.door import Scope as Right
from waystation.interfaces.dialects.datahost.callers import COOKIE, caller, no_page, session
from waystation.interfaces.hot import bodies
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.hot.reply import send_json
from waystation.interfaces.mouths import Headers, Receive, Scope, Send
from waystation.kernel import tracing
from waystation.kernel.errors import ForbiddenError, NotFoundError, UnauthenticatedError

log = logging.getLogger(__name__)

NAME = "datahost-login"
"""Of the tokens that are made here."""

_MOST_BYTES = 8_192
_RIGHTS = frozenset({Right.READ, Right.WRITE})
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"}


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """What is sent to sign in."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins and ends sessions.

    Attributes:
        desk: of the lane.
        lifetime: how long a session is good.
        plain: passwords are taken over plain HTTP from anywhere.
    """

    desk: Desk
    lifetime: timedelta
    plain: bool

    async def login(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST login: name and password in, a token and its cookie out."""
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        no_page(headers)
        if not (self.plain or private(scope, secure=self.desk.house.secure)):
            raise ForbiddenError(
                "A password is not taken over plain HTTP: others on the way could read it.",
                advice="Use the https address of this server.",
            )
        asked = bodies.parse(await bodies.read(receive, _MOST_BYTES), Login)
        who = await asyncio.to_thread(self._checked, asked, _address(scope))
        tracing.actor.set(tracing.Actor(who.user_id, who.name, "password"))
        accounts, now = self.desk.house.accounts, self.desk.house.clock.now()
        await asyncio.to_thread(_tidy, accounts, who, now)
        token = await asyncio.to_thread(
            accounts.new_token, who, name=NAME, scopes=_RIGHTS, lifetime=self.lifetime
        )
        log.info("datahost: %s signed in from %s", who.name, _address(scope))
        ends = int((now + self.lifetime).timestamp())
        age = int(self.lifetime.total_seconds())
        secure = "; Secure" if _encrypted(scope) or self.desk.house.secure else ""
        kept = f"{COOKIE}={token}; Path=/datahost/; Max-Age={age}; HttpOnly; SameSite=Strict"
        told = {"user": who.name, "token": token, "expires": ends}
        await send_json(send, told, more=[(b"set-cookie", f"{kept}{secure}".encode())])

    async def logout(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST logout: the session's token is good for nothing any more."""
        del receive
        who = await caller(self.desk, scope, writes=True)
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        given = dict(headers).get(b"authorization", b"").decode("latin-1")
        known = parsed(given[7:].strip() if given else session(headers))
        if who.token != NAME or known is None:
            raise ForbiddenError(
                "This is no session of datahost-login.",
                advice="Tokens are ended on the tokens page.",
            )
        await asyncio.to_thread(self.desk.house.accounts.revoke, who, known[0])
        log.info("datahost: %s signed out from %s", who.name, _address(scope))
        ended = f"{COOKIE}=; Path=/datahost/; Max-Age=0; HttpOnly; SameSite=Strict"
        await send_json(send, {"user": who.name}, more=[(b"set-cookie", ended.encode())])

    def _checked(self, asked: Login, address: str) -> Grant:
        """The account of a name and password; guesses are counted as on the sign-in page.

        Raises:
            LimitReachedError: too many wrong ones lately.
            UnauthenticatedError: one of them is wrong.
        """
        accounts = self.desk.house.accounts
        accounts.may_try(name=asked.user, address=address or None)
        try:
            user = authenticate(None, username=asked.user, password=asked.password)
        finally:
            connection.close()  # this thread is not Django's: nobody else would give it back
        who = accounts.by_id(user.pk) if user is not None else None
        if who is None:
            accounts.was_wrong(name=asked.user, address=address or None)
            raise UnauthenticatedError("Name or password is wrong.")
        return who


def private(scope: Scope, *, secure: bool) -> bool:
    """Whether nobody on the way can read a request: TLS, or it never left this machine.

    Args:
        scope: of the request.
        secure: the operator said that this service is reached by HTTPS, also in front of us.
    """
    if secure or _encrypted(scope):
        return True
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    try:
        loopback = ipaddress.ip_address(_address(scope)).is_loopback
    except ValueError:
        return False
    # A proxy on this machine also calls from loopback: it says that it forwards.
    return loopback and not any(name in _FORWARDED for name, _ in headers)


def _tidy(accounts: Accounts, who: Grant, now: datetime) -> None:
    """Take away the account's sessions that have ended: their owner sees tokens in a list."""
    for each in accounts.tokens(who):
        if each.name == NAME and each.expires is not None and each.expires <= now:
            # Two sign-ins at once both see it.
            with suppress(NotFoundError):
                accounts.revoke(who, each.id)


def _encrypted(scope: Scope) -> bool:
    return scope.get("scheme") == "https"


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if isinstance(client, tuple | list) and client else ""
