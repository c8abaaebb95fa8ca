"""The sources of jobs of the settings; only those kinds that are used are imported."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from waystation.bootstrap import clusters
from waystation.bootstrap.house import depot
from waystation.domains.jobs import door as jobs
from waystation.interfaces.services import Services
from waystation.settings import Settings


def desk(settings: Settings, house: Services) -> jobs.FeedDesk:
    """Where the steps of the sources work."""
    return jobs.FeedDesk(
        database=house.database,
        clock=house.clock,
        depot=depot(settings, house),
        policy=clusters.policy(settings),
        feeds=feeds(settings),
        account=house.accounts.by_name,
        access=clusters.access(settings),
    )


def feeds(settings: Settings) -> list[jobs.Feed]:
    """All of them, in the order of the settings."""
    return [
        jobs.Feed(
            name,
            _MAKERS[each.kind](name, each),
            each.account,
            most=each.most,
            at_once=each.at_once,
            poll=timedelta(seconds=each.poll_s),
            interval=timedelta(seconds=each.heartbeat_s),
            give_up=timedelta(days=each.give_up_days),
        )
        for name, each in settings.jobs.sources.items()
    ]


def _directory(name: str, each: Any) -> jobs.Source:  # noqa: ANN401 - settings of this kind
    from waystation.backends.feeder.directory.source import DirectoryConfig, DirectorySource

    return DirectorySource(DirectoryConfig(name, each.path))


def _panda(name: str, each: Any) -> jobs.Source:  # noqa: ANN401 - settings of this kind
    from waystation.backends.feeder.panda.source import PandaConfig, PandaSource
    from waystation.backends.feeder.panda.words import Terms

    terms = Terms(
        each.site,
        each.scheduler,
        each.command,
        each.clusters,
        each.queue,
        each.space,
        each.outputs,
        each.time_s,
        each.attempts,
    )
    config = PandaConfig(
        name,
        each.url,
        terms,
        each.label,
        each.proxy,
        each.token_file,
        each.ca_file,
        each.ca_dir,
        each.timeout_s,
    )
    return PandaSource(config)


_MAKERS: Mapping[str, Callable[[str, Any], jobs.Source]] = {
    "directory": _directory,
    "panda": _panda,
}
