"""Who calls by something that we signed and keep no row of: looked up at each use, limited."""

from collections.abc import Sequence
from datetime import UTC, datetime

from waystation.domains.accounts import door as accounts
from waystation.domains.accounts.door import Grant, Place
from waystation.domains.hosting.door import names
from waystation.interfaces import signing, sources
from waystation.interfaces.hot.pool import HotPool
from waystation.interfaces.macaroons import asking, caveats, wire
from waystation.interfaces.mouths import Headers, Scope
from waystation.interfaces.services import Services
from waystation.kernel.errors import MalformedError


def address(scope: Scope) -> str | None:
    """Where a request comes from; None when that is not known."""
    headers: Headers = scope["headers"]  # type: ignore[assignment]
    client = scope.get("client")
    peer = str(client[0]) if isinstance(client, tuple | list) and client else ""
    forwarded = ",".join(v.decode("latin-1") for k, v in headers if k == b"x-forwarded-for")
    return sources.address(peer, forwarded)


async def owner(pool: HotPool, house: Services, user_id: int, token_id: int) -> Grant | None:
    """The account that a capability speaks for; None when it, or its token, is closed.

    Args:
        pool: of the lane.
        house: the services.
        user_id: of the account.
        token_id: that the capability was made with; 0 is none.
    """
    if token_id:
        now = house.clock.now()
        found = await pool.rows(accounts.token(token_id, now=now))
        if not found or found[0]["user_id"] != user_id:
            return None
    rows = await pool.rows(accounts.user(user_id))
    return accounts.grant(rows[0]) if rows else None


async def signed(pool: HotPool, house: Services, scope: Scope) -> Grant | None:
    """The caller by a signed address; None when it is not good for this request."""
    query, path = scope["query_string"], str(scope["path"])
    assert isinstance(query, bytes)
    said = signing.read(
        house.capability_key,
        signing.shown(query),
        method=str(scope["method"]),
        path=path,
        address=address(scope),
        now_s=house.clock.now().timestamp(),
    )
    if said is None:
        return None
    whose = await owner(pool, house, said.user_id, said.token_id)
    space, _, below = path.lstrip("/").partition("/")[2].partition("/")
    place = Place(space, tuple(names(below)), signing.VERBS[said.verb])
    ends = datetime.fromtimestamp(said.ends, UTC)
    return _limited(whose, [place], "this signed address", ends)


async def by_macaroon(pool: HotPool, house: Services, scope: Scope, text: str) -> Grant | None:
    """The caller by a macaroon; None when it is not ours, has ended, or is for elsewhere.

    It is looked at anew each time: what it says may depend on where the request comes from.
    """
    found = wire.read(text)
    if found is None or not wire.proved(found, asking.key_of(house.capability_key)):
        return None
    said = asking.identity(found)
    try:
        left = caveats.bounds(each.decode() for each in found.caveats)
    except (MalformedError, UnicodeDecodeError):
        return None  # somebody narrowed it by what we do not know: it is good for nothing
    here = address(scope)
    over = left.before is not None and left.before <= house.clock.now()
    if said is None or over or not all(signing.inside(here, each) for each in left.networks):
        return None
    whose = await owner(pool, house, said.user_id, said.token_id)
    return _limited(whose, [left.place()], "this macaroon", left.before)


def _limited(
    whose: Grant | None, places: Sequence[Place], made_by: str, ends: datetime | None
) -> Grant | None:
    if whose is None:
        return None
    return accounts.limited(whose, places, made_by=made_by, expires=ends)
