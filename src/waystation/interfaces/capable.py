"""Making what lets its bearer into some places: the same for API and pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from waystation.domains.accounts.door import Grant, Place, Scope, Verb
from waystation.domains.hosting.door import Role, names
from waystation.interfaces import signing
from waystation.interfaces.dav.asking import PREFIX
from waystation.interfaces.services import Services
from waystation.kernel.errors import ForbiddenError, MalformedError, NotFoundError

_READS = frozenset({Verb.READ, Verb.LIST, Verb.STAGE})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place of a capability as it was asked for."""

    space: str
    path: str
    verbs: Iterable[str]


def places(house: Services, who: Grant, wanted: Sequence[Wanted]) -> list[Place]:
    """Places that the caller has itself, now; what it has is asked again at each use.

    Raises:
        NotFoundError, ForbiddenError: a space that it may not use so.
        MalformedError: a path or verb that cannot be.
    """
    found = []
    for each in wanted:
        strange = [verb for verb in each.verbs if verb not in set(Verb)]
        if strange:
            raise MalformedError(
                f"{strange[0]!r} is nothing that can be done.",
                advice=f"There are {', '.join(Verb)}.",
            )
        verbs = frozenset(Verb(verb) for verb in each.verbs)
        least = Role.READER if verbs <= _READS else Role.WRITER
        house.hosting.spaces.need(who, each.space, least)
        found.append(Place(each.space, tuple(names(each.path)), verbs))
    return found


def signed_address(
    house: Services,
    who: Grant,
    *,
    space: str,
    path: str,
    verb: str = "GET",
    lifetime: timedelta = timedelta(seconds=signing.USUAL_S),
    network: str = "",
) -> tuple[str, int]:
    """The address of a file, signed, below the server's own; and when it ends (since 1970).

    Raises:
        NotFoundError: there is no such file; to put one its folder need not be there yet.
        ForbiddenError: the caller may not do so itself, or is limited.
        MalformedError: it is a folder, or too long, or no network.
    """
    if who.limits is not None:
        raise ForbiddenError("A limited credential signs nothing.")
    if not timedelta() < lifetime <= timedelta(seconds=signing.LONGEST_S):
        raise MalformedError(f"At most {signing.LONGEST_S // 86_400} days can be signed.")
    files, given = house.hosting.files, names(path)
    if not given or verb not in signing.VERBS:
        raise MalformedError("Sign GET or PUT of a file.")
    needed, least = (Scope.READ, Role.READER) if verb == "GET" else (Scope.WRITE, Role.WRITER)
    house.hosting.spaces.need(who, space, least)
    if needed not in who.scopes:
        raise ForbiddenError(f"This token is not good for {needed.value!r}.")
    try:
        if files.look(who, space, path)[1].folder:
            raise MalformedError("That is a folder.", advice="Make a share link for it.")
    except NotFoundError:
        if verb == "GET":
            raise
    ends = int((house.clock.now() + lifetime).timestamp())
    said = signing.Signed(
        who.user_id, who.token_id or 0, verb, ends, signing.checked_network(network)
    )
    where = f"{PREFIX}/{space}/{'/'.join(given)}"
    return signing.mint(house.capability_key, said, where), ends
