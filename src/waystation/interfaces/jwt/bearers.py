"""Who holds a JWT: signature, issuer, audience and times are checked, then whose it is."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from waystation.domains.accounts.door import Accounts, Grant, limited
from waystation.interfaces.jwt import claims
from waystation.kernel.clock import Clock
from waystation.kernel.errors import UnauthenticatedError

if TYPE_CHECKING:
    from waystation.interfaces.jwt.keys import Keys

_PARTS = 3
_LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class Trusted:
    """An issuer that is believed.

    Attributes:
        url: as in `iss`.
        audiences: values of `aud` that mean us.
        algorithms: signatures that are believed.
        leeway_s: between its clock and ours.
        groups: account by group.
        keys: of it.
    """

    url: str
    audiences: frozenset[str]
    algorithms: tuple[str, ...]
    leeway_s: int
    groups: Mapping[str, str]
    keys: "Keys"


class Bearers:
    """Recognises bearer tokens that others signed."""

    def __init__(self, issuers: Mapping[str, Trusted], accounts: Accounts, clock: Clock) -> None:
        self._issuers = issuers
        self._accounts = accounts
        self._clock = clock

    def ours(self, text: str) -> bool:
        """Whether it looks like one and anybody is believed; whether it is good says `read`."""
        return bool(self._issuers) and text.count(".") == _PARTS - 1 and text.startswith("eyJ")

    def read(self, text: str) -> Grant:
        """The caller who holds a token; never as an administrator.

        It may have to wait for the issuer, five seconds at most: call it in a thread.

        Raises:
            UnauthenticatedError: it is not good, with the reason.
            ForbiddenError: it is for something that cannot be done here.
            UnavailableError: the issuer's keys are not to be had.
        """
        issuer = self._issuers.get(_issuer(text))
        if issuer is None:
            raise UnauthenticatedError("The issuer of the token is not believed here.")
        # 0.2 s to import, and few processes ever see such a token.
        from waystation.interfaces.jwt.verifying import Expected, verified  # noqa: PLC0415

        now_s = int(self._clock.now().timestamp())
        expected = Expected(
            issuer.url, issuer.audiences, issuer.algorithms, issuer.leeway_s, now_s
        )
        kid = _part(text, 0).get("kid")
        keys = issuer.keys.current(kid if isinstance(kid, str) else None)
        said = claims.read(verified(text, keys, expected))
        found = self._accounts.by_token_subject(issuer.url, said.subject)
        if found is None:
            named = (issuer.groups[each] for each in said.groups if each in issuer.groups)
            account = next(named, None)
            found = self._accounts.by_name(account) if account else None
        if found is None:
            raise UnauthenticatedError(
                f"{said.subject} of {issuer.url} belongs to no account here.",
                advice="Ask the operators to bind it: waystation user sub NAME ISSUER SUB.",
            )
        theirs = replace(
            found,
            admin=False,
            scopes=found.scopes & said.scopes,
            expires=datetime.fromtimestamp(said.ends, UTC),
            via=f"{issuer.url} sub {said.subject}",
        )
        return limited(theirs, said.places, made_by="The token") if said.places else theirs


def _issuer(text: str) -> str:
    """Who says that he signed it; believed only when his keys say so too."""
    return str(_part(text, 1).get("iss", ""))


def _part(text: str, which: int) -> dict[str, object]:
    """A part of the token, not verified."""
    if len(text) > _LONGEST:
        raise UnauthenticatedError("The token is too long.")
    part = text.split(".")[which]
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError) as problem:
        raise UnauthenticatedError("The token cannot be read.") from problem
    return found if isinstance(found, dict) else {}
