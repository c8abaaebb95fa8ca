"""`POST /dav/SPACE/PATH` with `application/macaroon-request`: a macaroon for that path.

As dCache and XRootD answer it, and as davix, gfal2 and FTS ask. Body: `{"caveats": ["activity:
DOWNLOAD,LIST"], "validity": "PT1H"}`, both may be left out.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from waystation.domains.accounts.door import Grant, Scope, Verb
from waystation.interfaces.macaroons import caveats, wire
from waystation.kernel.errors import ForbiddenError, MalformedError

MEDIA = b"application/macaroon-request"
LARGEST = 65_536
USUAL, LONGEST = timedelta(hours=12), timedelta(days=7)
MOST_ASKED = 32
_VALIDITY = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")
_READS = frozenset({Verb.READ, Verb.LIST})
_WRITES = frozenset({Verb.CREATE, Verb.MODIFY, Verb.DELETE})


class Request(msgspec.Struct):
    """The body; members that we do not know are another server's."""

    caveats: list[str] = []
    validity: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the identifier of one of our macaroons says.

    Attributes:
        user_id: for whom its bearer acts.
        token_id: that it was asked for with, and dies with; 0 is none.
    """

    user_id: int
    token_id: int


def key_of(key: str) -> bytes:
    """The key of macaroons, from that of the house's capabilities."""
    return f"macaroon.{key}".encode()


def made(key: str, who: Grant, path: str, asked: Request, *, site: str, now: datetime) -> str:
    """A macaroon.

    Args:
        key: of the house's capabilities.
        who: it acts for; its own credential is unlimited.
        path: decoded, of the request: `/dav/SPACE/PATH`.
        asked: the request.
        site: its location.
        now: the present moment.

    Raises:
        ForbiddenError: the caller's own credential is limited.
        MalformedError: a caveat or validity that cannot be.
    """
    if who.limits is not None:
        raise ForbiddenError(
            "A limited credential asks for no macaroon.", advice="Narrow the one that you have."
        )
    if len(asked.caveats) > MOST_ASKED:
        raise MalformedError(f"At most {MOST_ASKED} caveats are taken.")
    end = min(now + validity(asked.validity), who.expires or datetime.max.replace(tzinfo=UTC))
    first = [f"path:{path.rstrip('/')}"]
    verbs = _verbs(who)
    if verbs != frozenset(Verb):
        first.append(f"activity:{','.join(caveats.allowed(verbs))}")
    chain = [*first, *asked.caveats, f"before:{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
    caveats.bounds(chain)
    identifier = f"{who.user_id}.{who.token_id or 0}.{secrets.token_urlsafe(9)}".encode()
    text = wire.mint(key_of(key), site, identifier, chain)
    if len(text) > wire.LARGEST:
        raise MalformedError("These are too long caveats.")
    return text


def identity(macaroon: wire.Macaroon) -> Identity | None:
    """Whom a macaroon of ours speaks for; None when its identifier says nothing."""
    user, token, _ = (*macaroon.identifier.split(b"."), b"", b"", b"")[:3]
    if not (user.isdigit() and token.isdigit()):
        return None
    return Identity(int(user), int(token))


def validity(text: str) -> timedelta:
    """How long, from ISO 8601 (`PT1H`, `P1D`); the usual when nothing is said.

    Raises:
        MalformedError: it is no duration, or too long.
    """
    if not text:
        return USUAL
    found = _VALIDITY.fullmatch(text)
    parts: Sequence[int] = [int(part or 0) for part in found.groups()] if found else []
    span = (
        timedelta(days=parts[0], hours=parts[1], minutes=parts[2], seconds=parts[3])
        if parts
        else timedelta()
    )
    if not timedelta() < span <= LONGEST:
        raise MalformedError(
            f"The validity {text[:40]!r} is no time, or too long.",
            advice=f"Write for instance PT12H; at most P{LONGEST.days}D.",
        )
    return span


def answer(macaroon: str, address: str) -> dict[str, object]:
    """The document that is answered; `address` is the URL that was asked."""
    target = quote(address, safe=":/")
    base = target.partition("/dav/")[0]
    return {
        "macaroon": macaroon,
        "uri": {
            "target": target,
            "targetWithMacaroon": f"{target}?authz={macaroon}",
            "base": f"{base}/dav/",
            "baseWithMacaroon": f"{base}/dav/?authz={macaroon}",
        },
    }


def _verbs(who: Grant) -> frozenset[Verb]:
    """What the caller's own scopes let it hand on."""
    reads = _READS if Scope.READ in who.scopes else frozenset()
    writes = _WRITES if Scope.WRITE in who.scopes else frozenset()
    stages = frozenset({Verb.STAGE}) if Scope.STAGE in who.scopes else frozenset()
    return reads | writes | stages
