"""Put the house together from the settings."""

import dataclasses
from datetime import timedelta

from waystation import __version__
from waystation.backends.storage.posix.storage import PosixStorage
from waystation.bootstrap.couriers import allowed, couriers, pace, wordings
from waystation.bootstrap.tapes import tape_backends
from waystation.bootstrap.tapes.places import list_dir
from waystation.domains.accounts.door import Accounts
from waystation.domains.catalogue.door import Catalogue, StoreInfo
from waystation.domains.hosting.door import Hosting
from waystation.domains.notify.door import Desk, Notify, secret_of
from waystation.domains.staging.controller.geometry import Geometries
from waystation.domains.staging.door import PROFILES, DriveModel, Policy, Post, Rules, Staging
from waystation.interfaces.services import Services
from waystation.kernel.clock import SystemClock
from waystation.kernel.database import Database
from waystation.kernel.errors import MalformedError
from waystation.kernel.keys import load_or_make
from waystation.kernel.retry import Backoff
from waystation.settings import Planner, Settings


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
    catalogue = Catalogue(database, clock)
    backends = tape_backends(settings)
    any_rules = rules(settings, next(iter(settings.backends), ""))
    webhook_key = load_or_make(settings.data_dir / "keys" / "webhooks")
    return Services(
        database=database,
        clock=clock,
        accounts=Accounts(database, clock),
        catalogue=catalogue,
        staging=Staging(database, clock, catalogue, backends, any_rules),
        hosting=Hosting.on(database, clock, lambda _, folder: PosixStorage(folder)),
        notify=Notify(
            database,
            clock,
            couriers(settings.notify, clock, lambda owner: secret_of(webhook_key, owner)),
            key=webhook_key,
            pace=pace(settings.notify),
        ),
        version=__version__,
        read_key=load_or_make(settings.data_dir / "keys" / "read"),
        max_body_bytes=settings.web.max_body_bytes,
        secure=settings.web.tls_certificate is not None
        or (settings.web.url or "").startswith("https:"),
    )


def desk(settings: Settings, house: Services) -> Desk:
    """Where the steps of notify work."""
    how = pace(settings.notify)
    return Desk(house.database, house.clock, house.notify.couriers, wordings(), how)


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
        restage=timedelta(seconds=plan.restage_s),
        request_lifetime=timedelta(seconds=plan.request_lifetime_s),
        fresh=timedelta(seconds=plan.fresh_s),
        in_flight_files=sum(s.in_flight_files for s in mine) or Rules().in_flight_files,
        reserve_bytes=max((s.cache_reserve_bytes for s in mine), default=0),
        callbacks=allowed(settings.notify).objection,
    )
