"""Put the house together from the settings."""

import dataclasses
from datetime import timedelta

from waystation import __version__
from waystation.bootstrap import clusters, collector, sites
from waystation.bootstrap.couriers import allowed, couriers, pace, wordings
from waystation.bootstrap.depot import Stores
from waystation.bootstrap.fetching import Fetcher
from waystation.bootstrap.harbour_tapes import Tapes
from waystation.bootstrap.identity import bearers, providers
from waystation.bootstrap.storages import storages
from waystation.bootstrap.tapes import tape_backends
from waystation.bootstrap.tapes.places import list_dir
from waystation.domains.accounts.door import Accounts
from waystation.domains.audit.door import Audit
from waystation.domains.catalogue.door import Catalogue, StoreInfo
from waystation.domains.hosting.door import Care, Hosting, Remotes
from waystation.domains.hosting.door import Desk as HostingDesk
from waystation.domains.jobs.door import Desk as JobsDesk
from waystation.domains.notices.door import Messages
from waystation.domains.notify.door import Desk, Notify, secret_of
from waystation.domains.people.door import People, Policies
from waystation.domains.sharing.door import Sharing
from waystation.domains.staging.controller.geometry import Geometries
from waystation.domains.staging.door import (
    PROFILES,
    DriveModel,
    Policy,
    Post,
    Rules,
    Staging,
)
from waystation.domains.transfers.door import Transfers
from waystation.interfaces.services import Services
from waystation.kernel.clock import SystemClock
from waystation.kernel.database import Database
from waystation.kernel.errors import MalformedError
from waystation.kernel.keys import load_or_make
from waystation.kernel.locks import Locks
from waystation.kernel.retry import Backoff
from waystation.settings import Settings
from waystation.settings.planner import Planner


def services(settings: Settings, name: str) -> Services:
    """Everything that mouths may ask, on a database pool that is opened here."""
    assert settings.postgres.dsn is not None
    clock = SystemClock()
    database = Database(
        settings.postgres.dsn.get_secret_value(),
        name=name,
        max_size=settings.postgres.connections,
    )
    database.open()
    accounts, catalogue = Accounts(database, clock), Catalogue(database, clock)
    backends = tape_backends(settings)
    any_rules = rules(settings, next(iter(settings.backends), ""))
    webhook_key = load_or_make(settings.data_dir / "keys" / "webhooks")
    locks = Locks(database.dsn)
    hosting = Hosting.on(database, clock, storages(settings, catalogue, backends, locks))
    capability_key = load_or_make(settings.data_dir / "keys" / "capabilities")
    staging = Staging(database, clock, catalogue, backends, any_rules)
    known, tapes = (settings, accounts, hosting, clock), Tapes(staging, catalogue)
    harbour = sites.harbour(*known, key=capability_key, tapes=tapes)
    collector.calm()
    return Services(
        database=database,
        clock=clock,
        accounts=accounts,
        bearers=bearers(settings, accounts, clock),
        providers=providers(settings, clock),
        catalogue=catalogue,
        staging=staging,
        hosting=hosting,
        sharing=Sharing(database, clock, accounts, hosting, capability_key),
        transfers=Transfers.on(
            database, clock, sites.safe(settings), harbour, sites.policy(settings)
        ),
        jobs=clusters.service(
            settings,
            database,
            clock,
            Stores(accounts, catalogue, staging, hosting, fetcher(settings)),
        ),
        notify=Notify(
            database,
            clock,
            couriers(settings.notify, clock, lambda owner: secret_of(webhook_key, owner)),
            key=webhook_key,
            pace=pace(settings.notify),
        ),
        audit=Audit(database, clock),
        messages=Messages(database, clock),
        people=People(database, clock),
        policies=Policies(database, clock, timedelta(days=settings.policy.grace_days)),
        version=__version__,
        capability_key=capability_key,
        read_key=load_or_make(settings.data_dir / "keys" / "read"),
        max_body_bytes=settings.web.max_body_bytes,
        patience_s=settings.web.patience_s,
        grid=settings.grid.url or (f":{settings.grid.port}" if settings.grid.port else ""),
        secure=settings.web.tls_certificate is not None
        or (settings.web.url or "").startswith("https:"),
        content_url=settings.web.content_url or "",
        presets={name: each.model_dump() for name, each in settings.jobs.presets.items()},
    )


def desk(settings: Settings, house: Services) -> Desk:
    """Where the steps of notify work."""
    how = pace(settings.notify)
    return Desk(house.database, house.clock, house.notify.couriers, wordings(), how)


def hosting_desk(settings: Settings, house: Services) -> HostingDesk:
    """Where the steps of hosting work."""
    said = settings.care
    care = Care(timedelta(days=said.scrub_days), said.scrub_bytes_per_s)
    return HostingDesk(house.database, house.clock, house.hosting.spaces.storage, care)


def fetcher(settings: Settings) -> Fetcher:
    """Files of other servers as inputs of jobs."""

    def make() -> Remotes:
        from waystation.bootstrap.remotes import remotes  # few processes ever need it

        return remotes(settings.transfers)

    return Fetcher(make)


def depot(settings: Settings, house: Services) -> Stores:
    """Our spaces and archives as jobs see them."""
    return Stores(house.accounts, house.catalogue, house.staging, house.hosting, fetcher(settings))


def jobs_desk(settings: Settings, house: Services, names: list[str]) -> JobsDesk:
    """Where the steps of jobs work, with those of these clusters; no names are all."""
    return clusters.desk(settings, depot(settings, house), house.database, house.clock, names)


def posts(settings: Settings, house: Services, names: list[str]) -> list[Post]:
    """Where the steps of these tape systems work."""
    backends = tape_backends(settings)
    for name in names:
        list_dir(settings, name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        Post(
            name=name,
            kind=settings.backends[name].kind,
            backend=backends[name],
            database=house.database,
            clock=house.clock,
            rules=rules(settings, name),
            geometry=Geometries(house.database, house.clock, name, drive_model(settings.planner)),
            roots=tuple(str(s.root) for s in settings.stores.values() if s.backend == name),
        )
        for name in names
    ]


def stores(settings: Settings) -> list[StoreInfo]:
    """The stores that the settings name."""
    return [
        StoreInfo(
            id=0,
            name=name,
            root=str(store.root),
            backend=store.backend,
            readers=store.readers,
            confirm_above_files=store.confirm_above_files,
            files_per_owner=store.files_per_owner,
        )
        for name, store in settings.stores.items()
    ]


def drive_model(plan: Planner) -> DriveModel:
    """The drive of the settings: a profile with the site's own numbers."""
    known = {f.name for f in dataclasses.fields(DriveModel)}
    strange = sorted(set(plan.drive) - known)
    if strange:
        raise MalformedError(
            f"planner.drive has no number {strange[0]!r}.", advice=f"It has {sorted(known)}."
        )
    return dataclasses.replace(PROFILES[plan.profile], **plan.drive)  # type: ignore[arg-type]


def rules(settings: Settings, backend: str) -> Rules:
    """How staging behaves at a tape system."""
    plan = settings.planner
    mine = [s for s in settings.stores.values() if s.backend == backend]
    system = settings.backends.get(backend)
    return Rules(
        policy=Policy(
            kind=plan.policy,
            tau_s=plan.tau_s,
            guard_s=plan.guard_s,
            half_life_s=plan.half_life_s,
            shares=plan.shares,
            mounts_per_day=plan.mounts_per_day or None,
        ),
        drive=drive_model(plan),
        retry=Backoff(timedelta(seconds=plan.backoff_first_s), timedelta(hours=6), plan.attempts),
        lease=timedelta(seconds=plan.lease_s),
        poll=timedelta(seconds=system.poll_s if system else 5.0),
        restage=timedelta(seconds=(system and system.restage_s) or plan.restage_s),
        request_lifetime=timedelta(seconds=plan.request_lifetime_s),
        history=timedelta(days=plan.history_days),
        fresh=timedelta(seconds=plan.fresh_s),
        in_flight_files=sum(s.in_flight_files for s in mine) or Rules().in_flight_files,
        reserve_bytes=max((s.cache_reserve_bytes for s in mine), default=0),
        callbacks=allowed(settings.notify).objection,
    )
