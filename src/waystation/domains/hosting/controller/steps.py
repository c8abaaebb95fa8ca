"""All steps of hosting, with their names and how often they look."""

import functools
from collections.abc import Callable

from waystation.domains.hosting.controller.desk import Desk
from waystation.domains.hosting.controller.erasing import erase
from waystation.domains.hosting.controller.expiring import expire
from waystation.domains.hosting.controller.scrubbing import scrub
from waystation.domains.hosting.controller.sweeping import purge, put_back, strays, sweep


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, seconds between looks."""
    rows = (
        (sweep, 30.0),
        (put_back, 30.0),
        (expire, 300.0),
        (purge, 300.0),
        (erase, 30.0),
        (strays, 3600.0),
        (scrub, 30.0),
    )
    return [
        (f"hosting-{step.__name__}", functools.partial(step, desk), tick) for step, tick in rows
    ]
