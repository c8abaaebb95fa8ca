"""Who calls: a person by their own key, all by the one of old, or a user of this host."""

import asyncio
import hmac
from dataclasses import dataclass, replace
from time import monotonic

from waystation.domains.accounts.door import Grant, Scope
from waystation.interfaces.dialects.ltfsee_globus import peers, wording
from waystation.interfaces.dialects.ltfsee_globus.peers import LocalUser
from waystation.interfaces.hot.desk import Desk
from waystation.interfaces.mouths import Headers
from waystation.interfaces.mouths import Scope as Asgi
from waystation.kernel.errors import ForbiddenError, NotFoundError, UnauthenticatedError

_HEADER = b"x-api-key"
_REMEMBER_S = 30.0
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Shared:
    """What has no account of its own acts as this one.

    Attributes:
        key: that everybody may know; empty when there is none.
        account: its name; empty lets in only who has an account.
    """

    key: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller: the account, and the user of this host when the call came by the socket."""

    grant: Grant
    user: LocalUser | None = None


class Keys:
    """Recognises callers; accounts and users are remembered for half a minute."""

    def __init__(self, desk: Desk, shared: Shared) -> None:
        self._desk = desk
        self._shared = shared
        self._accounts: dict[str, tuple[Grant | None, float]] = {}
        self._users: dict[int, tuple[LocalUser, float]] = {}
        # Of 64 calls that come at once with one key, the first looks it up, the others find it.
        self._one = asyncio.Lock()

    async def caller(self, scope: Asgi) -> Caller:
        """The caller of a request. The socket's word wins over any key: it cannot be lent.

        Raises:
            UnauthenticatedError: no key, or none that is good; no account for a user.
        """
        uid = peers.of(scope)
        if uid is not None:
            return await self._local(uid)
        headers: Headers = scope["headers"]  # type: ignore[assignment]
        key = dict(headers).get(_HEADER, b"")
        async with self._one:
            return Caller(await self._holder(key))

    async def _holder(self, key: bytes) -> Grant:
        if self._is_shared(key):
            grant = await self._restricted()
            if grant is not None:
                return grant
        if not key:
            raise UnauthenticatedError(wording.NO_KEY)
        shown: Headers = [(b"authorization", b"Bearer " + key)]
        try:
            return await self._desk.callers.recognise(shown, writes=True)
        except UnauthenticatedError as refusal:
            raise UnauthenticatedError(wording.NO_KEY) from refusal

    async def _local(self, uid: int) -> Caller:
        user, until = self._users.get(uid, (None, 0.0))
        if user is None or until < monotonic():
            user = await asyncio.to_thread(peers.user, uid)
            if len(self._users) >= _MOST:
                self._users.clear()
            self._users[uid] = (user, monotonic() + _REMEMBER_S)
        grant = await self._account(user.name) or await self._restricted()
        if grant is None:
            raise UnauthenticatedError(f"There is no account for the local user {user.name!r}.")
        return Caller(grant, user)

    def _is_shared(self, key: bytes) -> bool:
        mine = self._shared.key.encode()
        return bool(mine) and hmac.compare_digest(mine, key)

    async def _restricted(self) -> Grant | None:
        """What who has no account may do: never what an administrator may."""
        grant = await self._account(self._shared.account)
        return None if grant is None else replace(grant, admin=False)

    async def _account(self, name: str) -> Grant | None:
        if not name:
            return None
        grant, until = self._accounts.get(name, (None, 0.0))
        if until < monotonic():
            grant = await asyncio.to_thread(self._desk.house.accounts.by_name, name)
            if len(self._accounts) >= _MOST:
                self._accounts.clear()
            self._accounts[name] = (grant, monotonic() + _REMEMBER_S)
        return grant


async def allow(caller: Caller, right: Scope, path: str, missing: str) -> None:
    """Ask whether a caller may have this of a file.

    Args:
        caller: who calls.
        right: what for.
        path: the file, one that the store can have.
        missing: what to say when a local user names a file that is not there.

    Raises:
        ForbiddenError: the key is not for that, or the file system would not let the user read it.
        NotFoundError: a user of this host named a file that is not there.
    """
    if right not in caller.grant.scopes:
        raise ForbiddenError(f"This key is not for {right}.")
    if caller.user is None:
        return
    try:
        allowed = await asyncio.to_thread(peers.may_read, caller.user, path)
    except (FileNotFoundError, NotADirectoryError) as gone:
        raise NotFoundError(missing) from gone
    except OSError:
        allowed = False
    if not allowed:
        raise ForbiddenError(f"{caller.user.name or caller.user.uid} may not read this file.")
