"""What the claims of a verified token say, in our words. Pure.

WLCG Common JWT Profiles 1.2 (section 3.2, scopes of storage) and SciTokens 2.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from waystation.domains.accounts.door import ADDRESSES, EVERY_SPACE, Place, Scope, Verb
from waystation.domains.hosting.door import names
from waystation.kernel.errors import ForbiddenError, MalformedError, UnauthenticatedError

ANYBODY = {"https://wlcg.cern.ch/jwt/v1/any", "ANY"}
_WLCG, _SCITOKENS = "wlcg.ver", "ver"
_LOOK = frozenset({Verb.READ, Verb.LIST})
_CHANGE = frozenset({Verb.LIST, Verb.CREATE, Verb.MODIFY, Verb.DELETE})
# `storage.stage` includes reading what was staged; `storage.modify` includes creating.
_VERBS: Mapping[str, frozenset[Verb]] = {
    "storage.read": _LOOK,
    "storage.create": frozenset({Verb.LIST, Verb.CREATE}),
    "storage.modify": _CHANGE,
    "storage.stage": _LOOK | {Verb.STAGE},
    "storage.poll": frozenset({Verb.LIST}),
    "read": _LOOK,
    "write": _CHANGE,
}
# What is as good as one of our own scopes when it is for the path `/`.
_SCOPES: Mapping[str, frozenset[Scope]] = {
    "storage.read": frozenset({Scope.READ}),
    "storage.modify": frozenset({Scope.WRITE}),
    "storage.stage": frozenset({Scope.READ, Scope.STAGE}),
    "read": frozenset({Scope.READ}),
    "write": frozenset({Scope.WRITE}),
}
_BASE = "dav"


@dataclass(frozen=True, slots=True)
class Said:
    """What a token says.

    Attributes:
        subject: `sub`.
        groups: `wlcg.groups`, in its order.
        scopes: what it is good for here, everywhere.
        places: where it is good for what, of one that is not for everything.
        ends: `exp`, seconds since 1970.
    """

    subject: str
    groups: tuple[str, ...]
    scopes: frozenset[Scope]
    places: tuple[Place, ...]
    ends: float


def read(claims: Mapping[str, object]) -> Said:
    """What verified claims say.

    Raises:
        UnauthenticatedError: it is neither a WLCG token nor a SciToken, or names nobody.
        ForbiddenError: it is for nothing that we do, or for a path that cannot be.
    """
    _check_profile(claims)
    subject, groups = claims.get("sub"), claims.get("wlcg.groups", [])
    if not isinstance(subject, str) or not subject:
        raise UnauthenticatedError("The token names nobody: it has no sub.")
    ends = claims.get("exp")
    assert isinstance(ends, int | float)
    named = [each for each in groups if isinstance(each, str)] if isinstance(groups, list) else []
    scopes, places = _scopes(claims.get("scope", ""))
    return Said(subject, tuple(named), scopes, places, float(ends))


def _check_profile(claims: Mapping[str, object]) -> None:
    wlcg, scitokens = str(claims.get(_WLCG, "")), str(claims.get(_SCITOKENS, ""))
    if wlcg.startswith("1.") or scitokens.lower().startswith(("scitoken:2.", "scitokens:2.")):
        return
    raise UnauthenticatedError(
        "The token follows no profile that is known here.",
        advice="It needs wlcg.ver 1.x, or ver scitokens:2.0.",
    )


def _scopes(text: object) -> tuple[frozenset[Scope], tuple[Place, ...]]:
    """Our own scopes when they say all of it; else places, and no scopes at all."""
    words = [word.partition(":") for word in (text.split() if isinstance(text, str) else [])]
    known = [(name, path) for name, _, path in words if name in _VERBS and path.startswith("/")]
    if not known:
        raise ForbiddenError(
            "The token is good for nothing that is done here.",
            advice="It needs a scope such as storage.read:/ or storage.create:/SPACE/FOLDER.",
        )
    if all(name in _SCOPES and not path.strip("/") for name, path in known):
        return frozenset().union(*(_SCOPES[name] for name, _ in known)), ()
    return frozenset(), tuple(place for name, path in known for place in _places(name, path))


def _places(name: str, path: str) -> list[Place]:
    """`/SPACE/PATH`, or the same as it stands in addresses, below `/dav`.

    Without `/dav` it may be the address of a file on tape that is in no space, as well.
    """
    try:
        found = names(unquote(path))
    except MalformedError as problem:
        raise ForbiddenError(f"The token is for {path!r}: {problem.sentence}") from problem
    verbs = _VERBS[name]
    if found in ([], [_BASE]):
        return [Place(EVERY_SPACE, (), verbs)]
    if found[0] == _BASE:
        return [Place(found[1], tuple(found[2:]), verbs)]
    return [Place(found[0], tuple(found[1:]), verbs), Place(ADDRESSES, tuple(found), verbs)]
