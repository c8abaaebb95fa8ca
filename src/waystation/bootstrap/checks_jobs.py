"""What a person has to mend before jobs can run, or be taken from elsewhere."""

from collections.abc import Iterator

from waystation.bootstrap.clusters import clusters
from waystation.bootstrap.feeders import feeds
from waystation.domains.jobs.door import Batch, Source
from waystation.kernel.clock import SystemClock
from waystation.settings import Settings


def jobs(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each cluster and source of the settings: its section, and what is wrong, if anything."""
    made: list[tuple[str, Batch | Source]] = [
        (f"jobs.clusters.{name}", each) for name, each in clusters(settings, SystemClock()).items()
    ]
    made += [(f"jobs.sources.{each.name}", each.source) for each in feeds(settings)]
    for subject, each in made:
        wrong = each.check_config()
        each.close()
        yield subject, " ".join(wrong)
