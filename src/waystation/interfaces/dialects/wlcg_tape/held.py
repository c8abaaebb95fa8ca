"""What a token that is for some paths only may do here.

WLCG Common JWT Profiles 1.2, section 3.2: `storage.stage:/PATH` asks tapes for what is below a
path, `storage.poll:/PATH` looks. Services know nothing of such paths: what they are asked was
compared here before.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from waystation.domains.accounts.door import ADDRESSES, Grant, Limits, Scope, Verb
from waystation.domains.hosting.door import names
from waystation.interfaces.dialects.wlcg_tape.paths import SPACES, spellings
from waystation.kernel.errors import ForbiddenError, MalformedError

_VERBS = {Scope.READ: Verb.LIST, Scope.STAGE: Verb.STAGE}
_DAV = SPACES.strip("/")


@dataclass(frozen=True, slots=True)
class Held:
    """A caller of this dialect.

    Attributes:
        who: the account, as services are asked for it.
        limits: of its token, which services do not ask; None is of none.
    """

    who: Grant
    limits: Limits | None

    @classmethod
    def of(cls, grant: Grant, right: Scope) -> Self:
        """A caller who may make this kind of call.

        Raises:
            ForbiddenError: the token is not for it anywhere.
        """
        limits = grant.limits
        if limits is None:
            if right not in grant.scopes:
                raise ForbiddenError(
                    f"This token is not for {right}.", advice=f"Make one with the scope {right}."
                )
            return cls(grant, None)
        if not any(_VERBS[right] in place.verbs for place in limits.places):
            raise ForbiddenError(
                f"{limits.made_by} is not for {_VERBS[right]} at any path.",
                advice="It needs storage.stage:/PATH, or storage.poll:/PATH to look.",
            )
        return cls(replace(grant, limits=None, scopes=frozenset({Scope.READ, right})), limits)

    def refused(self, paths: Iterable[str], verb: Verb) -> dict[str, str]:
        """Paths of a request for which the token is not good, and why."""
        if self.limits is None:
            return {}
        words = f"{self.limits.made_by} is not good for {verb} here."
        return {path: words for path in paths if not _covers(self.limits, path, verb)}

    def need(self, paths: Iterable[str], verb: Verb) -> None:
        """Ask for all of these paths.

        Raises:
            ForbiddenError: the token is not good for one of them; the first is named.
        """
        for path, words in self.refused(paths, verb).items():
            raise ForbiddenError(f"{path[:200]!r}: {words}", advice="Nothing was done.")


def _covers(limits: Limits, sent: str, verb: Verb) -> bool:
    """Whether a token is good for a path, whichever of its spellings is meant."""
    try:
        meanings = [names(form) for form in spellings(sent)]
    except MalformedError:
        return False
    return all(verb in _verbs(limits, found) for found in meanings)


def _verbs(limits: Limits, found: list[str]) -> frozenset[Verb]:
    """In a space as `/dav` names it, or at an address."""
    if found[:1] == [_DAV] and len(found) > 1:
        return limits.verbs(found[1], found[2:])
    return limits.verbs(ADDRESSES, found)
