"""All steps of transfers, with their names and how often they look."""

import functools
from collections.abc import Callable

from waystation.domains.transfers.controller.alarming import alarm
from waystation.domains.transfers.controller.bringing import release
from waystation.domains.transfers.controller.desk import Desk
from waystation.domains.transfers.controller.mending import fetch, mend
from waystation.domains.transfers.controller.offering import offer
from waystation.domains.transfers.controller.planning import plan
from waystation.domains.transfers.controller.receiving import expect, land, tell
from waystation.domains.transfers.controller.sending import send, watch
from waystation.domains.transfers.controller.settling import hush, settle
from waystation.domains.transfers.controller.shedding import shed
from waystation.domains.transfers.controller.watching import greet, verify


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Name, step, seconds between looks."""
    rows = (
        (plan, 0.5),
        # Woken by the one before; ticks are for those that wait for somebody else.
        (offer, 5.0),
        (send, 5.0),
        (watch, 2.0),
        (settle, 5.0),
        (land, 5.0),
        (tell, 5.0),
        (hush, 15.0),
        (expect, 30.0),
        (greet, 15.0),
        (verify, 60.0),
        (mend, 30.0),
        (fetch, 5.0),
        (shed, 60.0),
        (alarm, 60.0),
        (release, 30.0),
    )
    return [
        (f"transfers-{step.__name__}", functools.partial(step, desk), tick) for step, tick in rows
    ]
