"""Files of a space that are on tape: asked for by whoever may read the space.

The role in the space is the permission; who may use the whole store is another question.
"""

from collections.abc import Sequence

from waystation.domains.accounts.door import Grant, Scope, Verb
from waystation.domains.catalogue.door import Entry, StoreInfo
from waystation.domains.hosting.door import Role, Space, names
from waystation.domains.staging.door import MAX_FILES, Ask, FileView, Submitted
from waystation.interfaces.services import Services
from waystation.kernel.errors import ConflictError, ForbiddenError, MalformedError

DAY_S = 86_400
LIFETIME_S = 7 * DAY_S
"""How long a file that came is kept on disk when nobody says."""


def bring(
    house: Services,
    who: Grant,
    space_name: str,
    paths: Sequence[str],
    *,
    lifetime_s: int = LIFETIME_S,
    confirm: bool = False,
) -> Submitted:
    """Ask for files and for all that is in folders; files on disk already are held there.

    Args:
        house: of this process.
        who: asks; reads the space, and may stage.
        space_name: of it.
        paths: in the space.
        lifetime_s: how long each is kept on disk after it came.
        confirm: also many.

    Raises:
        NotFoundError: no such space or file for the caller.
        ConflictError: the space is never on tape, or there is no file.
        ForbiddenError, TooLargeError, ConfirmNeededError, LimitReachedError: as for any request.
    """
    if not paths:
        raise MalformedError("No file is named.", advice="Name files or folders of the space.")
    if who.limits is None and Scope.STAGE not in who.scopes:
        raise ForbiddenError("This token is not for stage.", advice="Make one with that scope.")
    reached = [_reach(house, who, space_name, path) for path in dict.fromkeys(paths)]
    space = reached[0][0]
    where = _on_tape(house, space)
    found: dict[str, None] = {}
    for _, entry, path in reached:
        limit = MAX_FILES + 1 - len(found)
        inside = house.hosting.files.below(entry, path, limit=limit)
        found.update(dict.fromkeys(f"{space.base}/{each}" for each in inside))
    if not found:
        raise ConflictError("There is no file in it.")
    label = f"{space.name}: {paths[0].strip('/') or 'all'}"[:200]
    ask = Ask(list(found), "", pin_lifetime_s=lifetime_s, label=label, confirm=confirm)
    return house.staging.submit(who, ask, where=where)


def look(house: Services, space: Space, paths: Sequence[str]) -> list[FileView]:
    """What staging knows of files of a space, in the order asked."""
    where = _on_tape(house, space)
    return house.staging.file_views(where, [f"{space.base}/{path.strip('/')}" for path in paths])


def mine(house: Services, who: Grant) -> list[tuple[Space, StoreInfo]]:
    """Spaces that the caller may read and that go to tape, with their stores."""
    stores = {each.id: each for each in house.catalogue.every_store() if each.backend}
    return [
        (each.space, stores[each.space.store_id])
        for each in house.hosting.spaces.mine(who)
        if each.role >= Role.READER and each.space.store_id in stores
    ]


def _reach(house: Services, who: Grant, space: str, path: str) -> tuple[Space, Entry, str]:
    """A file or folder that the caller may have staged."""
    at = names(path)
    found = house.hosting.spaces.need(who, space, Role.READER, at=at, verbs=[Verb.STAGE])
    return found, house.hosting.files.look(who, space, path, content=False)[1], path


def _on_tape(house: Services, space: Space) -> StoreInfo:
    where = house.catalogue.by_id(space.store_id)
    if not where.backend:
        raise ConflictError(f"The files of {space.name} are never on tape.")
    return where
