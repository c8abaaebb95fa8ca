"""The worker process: the steps of one, several or all tape systems."""

import signal
import threading

from waystation.bootstrap import dialects, house, tapes
from waystation.controllers.runner import Runner, Step
from waystation.controllers.wakeup import Listener
from waystation.domains.hosting import door as hosting
from waystation.domains.notify import door as notify
from waystation.domains.staging.controller import hear
from waystation.domains.staging.door import WORK_CHANNEL, steps
from waystation.kernel.errors import NotFoundError
from waystation.settings import Settings


def work(settings: Settings, names: list[str]) -> None:
    """Run until told to stop.

    Args:
        settings: of this installation.
        names: tape systems whose steps run here; empty is all.

    Raises:
        NotFoundError: the settings know no tape system of such a name.
    """
    unknown = [name for name in names if name not in settings.backends]
    if unknown:
        raise NotFoundError(
            f"The settings have no back end {unknown[0]!r}.",
            advice=f"There are: {', '.join(settings.backends) or 'none'}.",
        )
    built = house.services(settings, "worker")
    posts = house.posts(settings, built, names or list(settings.backends))
    rows = [row for post in posts for row in steps(post)]
    sources = {post.name: tapes.news_of(settings, post.name) for post in posts}
    for post in posts:
        source = sources[post.name]
        rows += hear.steps(post, source) if source is not None else []
    if not names:
        # A worker that was started for some tape systems runs where those are, not where news is.
        rows += notify.steps(house.desk(settings, built))
        rows += hosting.steps(
            hosting.Desk(built.database, built.clock, built.hosting.spaces.storage)
        )
        rows += dialects.steps(settings, built)
    runner = Runner([Step(*row) for row in rows])
    listener = Listener(built.database.dsn, (WORK_CHANNEL,), lambda _, name: runner.wake(name))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    runner.start()
    listener.start()
    stopping.wait()
    runner.stop()
    listener.stop()
    for stream in filter(None, sources.values()):
        stream.close()
    built.database.close()
