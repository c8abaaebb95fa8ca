"""What others may use of jobs."""

from waystation.domains.jobs.controller.desk import Cluster, Desk
from waystation.domains.jobs.controller.feeding import Feed, FeedDesk
from waystation.domains.jobs.controller.steps import cluster_steps, feed_steps, steps
from waystation.domains.jobs.entities import Home, Input, Resources, Staged, Wish
from waystation.domains.jobs.errors import BatchUnavailableError
from waystation.domains.jobs.ports import Batch, Depot, Source, Wallet
from waystation.domains.jobs.rules import Access, Policy, safe
from waystation.domains.jobs.service.jobs import MOST_LOG, Jobs, LogPart, Logs
from waystation.domains.jobs.service.many import Many
from waystation.domains.jobs.store.moves import CHANNEL, TOPIC
from waystation.domains.jobs.views import ClusterView, JobRequestView, JobView, OutputView, RunView

__all__ = [
    "CHANNEL",
    "MOST_LOG",
    "TOPIC",
    "Access",
    "Batch",
    "BatchUnavailableError",
    "Cluster",
    "ClusterView",
    "Depot",
    "Desk",
    "Feed",
    "FeedDesk",
    "Home",
    "Input",
    "JobRequestView",
    "JobView",
    "Jobs",
    "LogPart",
    "Logs",
    "Many",
    "OutputView",
    "Policy",
    "Resources",
    "RunView",
    "Source",
    "Staged",
    "Wallet",
    "Wish",
    "cluster_steps",
    "feed_steps",
    "safe",
    "steps",
]
