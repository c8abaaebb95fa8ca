"""The worker process: the steps of one, several or all tape systems."""

import signal
import threading
from datetime import timedelta

from waystation.bootstrap import dialects, feeders, house, sites, tapes
from waystation.controllers.runner import Runner, Step
from waystation.controllers.wakeup import Listener
from waystation.domains.audit import door as audit
from waystation.domains.hosting import door as hosting
from waystation.domains.jobs import door as jobs
from waystation.domains.notify import door as notify
from waystation.domains.staging.controller import hear
from waystation.domains.staging.door import steps
from waystation.domains.transfers import door as transfers
from waystation.kernel.errors import NotFoundError
from waystation.kernel.waking import WORK_CHANNEL
from waystation.settings import Settings


def work(settings: Settings, names: list[str]) -> None:
    """Run until told to stop.

    Args:
        settings: of this installation.
        names: tape systems and clusters whose steps run here; empty is all.

    Raises:
        NotFoundError: the settings know none of such a name.
    """
    _need(settings, names)
    built = house.services(settings, "worker")
    here = [name for name in names or settings.backends if name in settings.backends]
    posts = house.posts(settings, built, here)
    rows = [row for post in posts for row in steps(post)]
    sources = {post.name: tapes.news_of(settings, post.name) for post in posts}
    for post in posts:
        source = sources[post.name]
        rows += hear.steps(post, source) if source is not None else []
    computing = house.jobs_desk(settings, built, names)
    rows += jobs.cluster_steps(computing)
    mine: list[transfers.Engine | jobs.Batch | jobs.Source] = [
        each.batch for each in computing.clusters.values()
    ]
    if not names:
        # A worker that was started for some tape systems runs where those are, not where news is.
        rows += notify.steps(house.desk(settings, built))
        rows += hosting.steps(house.hosting_desk(settings, built))
        kept = timedelta(days=settings.audit.retention_days)
        rows += audit.steps(audit.Desk(built.database, built.clock, kept))
        rows += dialects.steps(settings, built)
        replication = sites.desk(settings, built)
        rows += transfers.steps(replication)
        rows += jobs.steps(computing)
        feeding = feeders.desk(settings, built)
        rows += jobs.feed_steps(feeding)
        mine += [*replication.engines.values(), *(each.source for each in feeding.feeds)]
    runner = Runner([Step(*row) for row in rows])
    listener = Listener(built.database.dsn, (WORK_CHANNEL,), lambda _, name: runner.wake(name))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    runner.start()
    listener.start()
    stopping.wait()
    runner.stop()
    for each in mine:
        each.close()
    listener.stop()
    for stream in filter(None, sources.values()):
        stream.close()
    built.database.close()


def _need(settings: Settings, names: list[str]) -> None:
    known = {**settings.backends, **settings.jobs.clusters}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotFoundError(
            f"The settings have no back end {unknown[0]!r}.",
            advice=f"There are: {', '.join(known) or 'none'}.",
        )
