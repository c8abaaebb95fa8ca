"""Steps of the dialect: what came is taken in, what was cut carried on, what nobody wants ends."""

import functools
import itertools
import logging
from collections.abc import Callable

from waystation.domains.accounts.door import Grant
from waystation.interfaces.dialects.librarian.area import Area
from waystation.interfaces.dialects.librarian.calling import Calling
from waystation.interfaces.dialects.librarian.peers import Neighbours
from waystation.interfaces.dialects.librarian.refusals import RefusedError
from waystation.interfaces.dialects.librarian.shelf import Shelf
from waystation.interfaces.dialects.librarian.store import clones, ending, incoming, outgoing
from waystation.interfaces.dialects.librarian.terms import Terms
from waystation.interfaces.dialects.librarian.translate import Status
from waystation.interfaces.dialects.librarian.uploading import REMEMBERED, Uploading
from waystation.interfaces.services import Services
from waystation.kernel import tracing
from waystation.kernel.database import Connection
from waystation.kernel.errors import WaystationError

log = logging.getLogger(__name__)

_BATCH = 100


def steps(
    house: Services, terms: Terms, neighbours: Neighbours
) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, seconds between looks."""
    area = Area(terms.staging)
    shelf = Shelf(house, terms)
    uploading = Uploading(shelf, area)
    calling = Calling(shelf, uploading, neighbours)
    return [
        (clones.CARRY_ON, functools.partial(carry_on, house, uploading), 30.0),
        (ending.CALL, calling.step, 15.0),
        ("librarian-strays", functools.partial(strays, house, area), 600.0),
        ("librarian-forget", functools.partial(forget, house), 3600.0),
    ]


def carry_on(house: Services, uploading: Uploading) -> int:
    """What other librarians sent is committed, and commits whose process died are made again."""
    found = house.database.rows(incoming.due(now=house.clock.now(), limit=_BATCH))
    for upload in map(incoming.read, found):
        who = house.accounts.by_id(upload.user_id)
        if upload.status is not Status.STAGED or who is None:
            uploading.fail(who, upload, "nobody committed it in time")
        else:
            _again(uploading, who, upload.id)
    return len(found)


def strays(house: Services, area: Area) -> int:
    """Directories of uploads that are over go, if whoever ended them could not; how many.

    A row is there before its directory, so one without a row is nobody's.
    """
    count, there = 0, area.folders()
    while batch := list(itertools.islice(there, _BATCH)):
        rows = house.database.rows(incoming.waited_for(batch))
        for folder in set(batch) - {str(row["folder"]) for row in rows}:
            try:
                area.remove(folder)
                count += 1
            except OSError as problem:
                log.warning("the staged upload %s stays: %s", folder, problem)
    return count


def forget(house: Services) -> int:
    """Rows of uploads that were over long ago go; how many."""
    now = house.clock.now()

    def work(conn: Connection) -> int:
        return incoming.forget(conn, now=now) + outgoing.forget(conn, before=now - REMEMBERED)

    return house.database.run(work)


def _again(uploading: Uploading, who: Grant, number: int) -> None:
    before = tracing.actor.set(who.actor)
    try:
        uploading.carry_on(who, number)
    except RefusedError as refusal:
        log.warning("transfer %d, whose commit was cut: %s", number, refusal.body)
    except WaystationError as trouble:
        # Its claim ends, then it is tried again.
        log.warning("transfer %d is carried on later: %s", number, trouble)
    finally:
        tracing.actor.reset(before)
