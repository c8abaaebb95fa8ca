"""The batch systems of the settings, by name; only those kinds that are used are imported."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from waystation.domains.jobs import door as jobs
from waystation.domains.jobs.ports import Batch
from waystation.interfaces.dialects.act.wallet import ActWallet
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database
from waystation.kernel.keys import load_or_make
from waystation.kernel.sealing import Safe
from waystation.settings import Settings
from waystation.settings.clusters import ArcRest, Cluster, ClusterSettings

Make = Callable[[str, Any, Settings, Clock, jobs.Wallet | None], Batch]


def clusters(
    settings: Settings, clock: Clock, wallet: jobs.Wallet | None = None
) -> dict[str, Batch]:
    """All of them, in the order of the settings; without a wallet nothing is sent for owners."""
    return {name: _MAKERS[each.kind](name, each, settings, clock, wallet)
            for name, each in settings.jobs.clusters.items()}  # fmt: skip


def work(settings: Settings, name: str) -> Path:
    """The folder for the folders of a cluster's jobs."""
    said = settings.jobs.clusters[name].work
    return said or settings.data_dir / "jobs" / name


def desk(
    settings: Settings, depot: jobs.Depot, database: Database, clock: Clock, names: list[str]
) -> jobs.Desk:
    """Where the steps of jobs work, with those of these clusters; no names are all."""
    made = clusters(settings, clock, wallet(settings, database, clock))
    return jobs.Desk(
        database=database,
        clock=clock,
        depot=depot,
        policy=policy(settings),
        clusters={
            name: jobs.Cluster(
                name,
                settings.jobs.clusters[name].kind,
                batch,
                work(settings, name),
                settings.jobs.clusters[name].most,
                settings.jobs.clusters[name].container,
            )
            for name, batch in made.items()
            if not names or name in names
        },
    )


def wallet(settings: Settings, database: Database, clock: Clock) -> jobs.Wallet | None:
    """Proxies of owners, where a cluster wants them."""
    every = settings.jobs.clusters.values()
    if not any(isinstance(each, ArcRest) and each.credentials == "owner" for each in every):
        return None
    return ActWallet(database, clock, Safe(load_or_make(settings.data_dir / "keys" / "proxies")))


def policy(settings: Settings) -> jobs.Policy:
    """How jobs are dealt with."""
    said = settings.jobs
    return jobs.Policy(
        per_owner=said.per_owner,
        lease=timedelta(seconds=said.lease_s),
        poll=timedelta(seconds=said.poll_s),
        first=timedelta(seconds=said.backoff_first_s),
        keep=timedelta(days=said.keep_days),
        history=timedelta(days=said.history_days),
        lost=timedelta(seconds=said.lost_s),
        near={name: each.near for name, each in said.clusters.items()},
    )


def service(settings: Settings, database: Database, clock: Clock, depot: jobs.Depot) -> jobs.Jobs:
    """What can be asked of jobs."""
    return jobs.Jobs(database, clock, depot, logs(settings, clock), access(settings))


def access(settings: Settings) -> jobs.Access:
    """Who may run jobs, and where."""
    said = settings.jobs
    only = {name: frozenset(each.only) for name, each in said.clusters.items() if each.only}
    images = {name: each.images for name, each in said.clusters.items() if each.container}
    return jobs.Access(frozenset(said.groups), only, said.usual, images, said.shares)


def logs(settings: Settings, clock: Clock) -> jobs.Logs:
    """Reads what runs write; clusters are made when they are asked first."""
    made: dict[str, Batch] = {}

    def read(part: jobs.LogPart) -> bytes:
        if part.cluster not in settings.jobs.clusters:
            return b""
        if not made:
            made.update(clusters(settings, clock))
        folder = work(settings, part.cluster) / part.run
        batch = made[part.cluster]
        return batch.tail(part.handle, folder, part.stream, part.offset, part.limit)

    return read


def _plain(each: ClusterSettings) -> dict[str, Any]:
    """Settings that are called the same in a batch system's own configuration."""
    return {
        name: getattr(each, name)
        for name in type(each).model_fields
        if name not in Cluster.model_fields and name != "kind"
    }


def _local(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.local.batch import LocalBatch, LocalConfig

    del clock, wallet
    return LocalBatch(LocalConfig(name, **_plain(each)), settings.data_dir / "clusters" / name)


def _slurm(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.slurm.batch import SlurmBatch
    from waystation.backends.batch.slurm.config import SlurmConfig

    del clock, wallet
    return SlurmBatch(SlurmConfig(name, **_plain(each)), settings.data_dir / "clusters" / name)


def _arc_internal(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.arc_internal.batch import InternalBatch, InternalConfig

    place = settings.data_dir / "clusters" / name
    del wallet
    return InternalBatch(InternalConfig(name, **_plain(each)), clock, place)


def _arc_rest(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.arc_rest.batch import RestBatch
    from waystation.backends.batch.arc_rest.config import RestConfig

    place = settings.data_dir / "clusters" / name
    return RestBatch(RestConfig(name, **_plain(each)), clock, place, wallet)


def _htcondor(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.htcondor.batch import HTCondorBatch
    from waystation.backends.batch.htcondor.config import HTCondorConfig

    del wallet
    place = settings.data_dir / "clusters" / name
    return HTCondorBatch(HTCondorConfig(name, **_plain(each)), clock, place)


def _panda(
    name: str, each: ClusterSettings, settings: Settings, clock: Clock, wallet: jobs.Wallet | None
) -> Batch:
    from waystation.backends.batch.panda.batch import PandaBatch
    from waystation.backends.batch.panda.config import PandaConfig

    del wallet
    place = settings.data_dir / "clusters" / name
    return PandaBatch(PandaConfig(name, **_plain(each)), clock, place)


_MAKERS: Mapping[str, Make] = {
    "local": _local,
    "slurm": _slurm,
    "arc_internal": _arc_internal,
    "arc_rest": _arc_rest,
    "htcondor": _htcondor,
    "panda": _panda,
}
