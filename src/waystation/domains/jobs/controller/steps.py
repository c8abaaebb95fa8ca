"""All steps of jobs, with their names and how often they look."""

import functools
from collections.abc import Callable

from waystation.domains.jobs.controller.desk import Desk
from waystation.domains.jobs.controller.feeding import FeedDesk, feed, tell
from waystation.domains.jobs.controller.finishing import clean, finish, forget
from waystation.domains.jobs.controller.gathering import gather, release
from waystation.domains.jobs.controller.placing import place
from waystation.domains.jobs.controller.sending import send
from waystation.domains.jobs.controller.watching import survey, watch


def steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Steps that any worker may do: name, step, seconds between looks."""
    return [
        (f"jobs-{step.__name__}", functools.partial(step, desk), tick)
        for step, tick in ((gather, 2.0), (place, 5.0), (release, 30.0), (forget, 3600.0))
    ]


def feed_steps(desk: FeedDesk) -> list[tuple[str, Callable[[], int], float]]:
    """Steps of the sources of jobs; any worker may do them."""
    rows = ((feed, None), (tell, 2.0))
    return [
        (
            f"jobs-{step.__name__}-{each.name}",
            functools.partial(step, desk, each),
            tick or each.poll.total_seconds(),
        )
        for each in desk.feeds
        for step, tick in rows
    ]


def cluster_steps(desk: Desk) -> list[tuple[str, Callable[[], int], float]]:
    """Steps of the desk's clusters: they run where these are reached."""
    rows = ((survey, 5.0), (send, 5.0), (watch, 1.0), (finish, 5.0), (clean, 60.0))
    return [
        (f"jobs-{step.__name__}-{name}", functools.partial(step, desk, cluster), tick)
        for name, cluster in desk.clusters.items()
        for step, tick in rows
    ]
