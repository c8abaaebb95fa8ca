"""`/proxies`: a client signs a key of ours with its proxy, and gets a token for it."""

import asyncio
import logging
from datetime import timedelta

import msgspec

from waystation.interfaces.dialects.act import delegating, tokens
from waystation.interfaces.dialects.act.call import RefusalError, Reply, told
from waystation.interfaces.dialects.act.callers import MISSING, Callers
from waystation.interfaces.dialects.act.store import proxies as store
from waystation.interfaces.dialects.act.terms import Terms
from waystation.interfaces.dialects.act.tokens import Claims
from waystation.interfaces.grid.tls import GridTls
from waystation.interfaces.hot import bodies
from waystation.interfaces.mouths import Receive, Scope, Send
from waystation.interfaces.services import Services
from waystation.kernel import trail
from waystation.kernel.database import Connection
from waystation.kernel.errors import MalformedError

log = logging.getLogger(__name__)

_MOST_BODY = 131_072
_WAITS = timedelta(minutes=10)
"""So long a client may take to sign."""
_AT_ONCE = 2
"""Keys that are made at a time: each costs a tenth of a second of a core, and anybody may ask."""


class Proxies:
    """The three calls."""

    def __init__(self, house: Services, terms: Terms, callers: Callers) -> None:
        self._house = house
        self._terms = terms
        self._callers = callers
        self._making = asyncio.Semaphore(_AT_ONCE)

    async def begin(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        """POST: `{cert, chain}` -> `{token, csr}`; nothing is stored, and no proxy replaced."""
        del scope, send
        self._files()
        cert, _ = _pair(
            await bodies.read(receive, _MOST_BODY),
            "Missing issuer certificate",
            "Missing certificate chain",
        )
        now = self._house.clock.now()
        async with self._making:
            begun = await asyncio.to_thread(delegating.begin, cert, now)
        sealed = self._terms.safe.seal({"key": begun.key}).decode()
        ends = int((now + _WAITS).timestamp())
        token = tokens.mint(self._terms.key, Claims(ends, pending=sealed))
        return told({"token": token, "csr": begun.request})

    async def finish(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        """PUT: `{cert, chain}` that were made of our request -> `{token}`."""
        del send
        files, claims = self._files(), self._callers.claims(scope)
        if claims is None or not claims.pending:
            raise RefusalError(401, MISSING)
        cert, chain = _pair(
            await bodies.read(receive, _MOST_BODY), "No signed certificate", "No cert chain"
        )
        key = str(self._terms.safe.open(claims.pending.encode())["key"])
        made = await asyncio.to_thread(delegating.finish, key, cert, chain, files)
        now = self._house.clock.now()
        if made.shown.not_after <= now:
            raise RefusalError(400, "Given certificate is expired")
        if made.shown.limited:
            raise RefusalError(400, "A limited proxy is not good for submitting jobs")
        proxy, user = await asyncio.to_thread(self._keep, made)
        ends = int(made.shown.not_after.timestamp())
        return told({"token": tokens.mint(self._terms.key, Claims(ends, proxy, user))})

    async def drop(self, scope: Scope, receive: Receive, send: Send) -> Reply:
        """DELETE: the proxy of the token is forgotten."""
        del receive, send
        claims = self._callers.claims(scope)
        if claims is not None and claims.pending:
            return Reply(204)  # nothing was stored
        who = await self._callers.caller(scope, writes=True)
        number, user = who.proxy_id, who.grant.user_id
        if number is not None:
            database = self._house.database

            def work(conn: Connection) -> None:
                store.drop(conn, number, user)
                trail.record(conn, "proxy.drop", str(number), now=self._house.clock.now())

            await asyncio.to_thread(database.run, work)
        return Reply(204)

    def _keep(self, made: delegating.Delegated) -> tuple[int, int]:
        """Its number, and whose it is."""
        shown, now = made.shown, self._house.clock.now()
        owner = self._house.accounts.by_subject(shown.subject)
        if owner is None:
            raise RefusalError(
                401,
                f"The certificate {shown.subject} belongs to no account here. "
                "Ask the operators to bind it: waystation user dn NAME DN.",
            )
        sealed = self._terms.safe.seal({"pem": made.pem})

        def work(conn: Connection) -> int:
            number = store.keep(
                conn,
                user=owner.user_id,
                dn=shown.subject,
                attribute=made.attribute,
                sealed=sealed,
                now=now,
                expires=shown.not_after,
            )
            trail.record(conn, "proxy.keep", shown.subject, now=now, expires=str(shown.not_after))
            return number

        return self._house.database.run(work), owner.user_id

    def _files(self) -> GridTls:
        if self._terms.tls is None:
            raise RefusalError(
                503, "No proxies are taken here: put a token of this server into the token file"
            )
        return self._terms.tls


def _pair(body: bytes, no_cert: str, no_chain: str) -> tuple[str, str]:
    try:
        said = msgspec.json.decode(body) if body else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise MalformedError(f"The body is no JSON: {problem}") from problem
    if not isinstance(said, dict) or not said:
        raise RefusalError(400, "No JSON data")
    for name, words in (("cert", no_cert), ("chain", no_chain)):
        if not isinstance(said.get(name), str) or not said[name]:
            raise RefusalError(400, words)
    return said["cert"], said["chain"]
