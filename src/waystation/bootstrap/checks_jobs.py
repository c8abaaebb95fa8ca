"""What a person has to mend before jobs can run, or be taken from elsewhere."""

from collections.abc import Iterator

from waystation.bootstrap.clusters import clusters
from waystation.bootstrap.feeders import feeds
from waystation.domains.jobs.door import Batch, Source
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings
from waystation.settings.clusters import ArcRest


def jobs(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each cluster and source of the settings: its section, and what is wrong, if anything."""
    made: list[tuple[str, Batch | Source]] = [
        (f"jobs.clusters.{name}", each) for name, each in clusters(settings, SystemClock()).items()
    ]
    made += [(f"jobs.sources.{each.name}", each.source) for each in feeds(settings)]
    for subject, each in made:
        wrong = [*each.check_config(), *_givers(settings, each.name)]
        each.close()
        yield subject, " ".join(wrong)


def _givers(settings: Settings, name: str) -> Iterator[str]:
    """Whether owners of jobs have a way to give the proxies that a cluster wants of them."""
    said = settings.jobs.clusters.get(name)
    if isinstance(said, ArcRest) and said.credentials == "owner":
        if not settings.dialects.act.enabled:
            yield "Owners cannot give it their proxies: dialects.act.enabled is not true."
        elif settings.grid.certificate is None:
            yield "Owners cannot give it their proxies: there is no grid.certificate."
