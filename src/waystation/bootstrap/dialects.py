"""Which dialects are spoken here; the one place that names them."""

from collections.abc import Callable
from datetime import timedelta

from waystation.interfaces.dav import routes as dav
from waystation.interfaces.dialects.datahost import routes as datahost
from waystation.interfaces.dialects.datahost.terms import Terms as DataHostTerms
from waystation.interfaces.dialects.ltfsee_globus import routes as ltfsee_globus
from waystation.interfaces.dialects.ltfsee_globus.keys import Shared
from waystation.interfaces.dialects.mwa_staging import controller as mwa
from waystation.interfaces.dialects.mwa_staging import resolver
from waystation.interfaces.dialects.mwa_staging.standing import Standing
from waystation.interfaces.dialects.mwa_staging.terms import Terms as MwaTerms
from waystation.interfaces.dialects.wlcg_tape import routes as wlcg_tape
from waystation.interfaces.dialects.wlcg_tape.asking import Terms
from waystation.interfaces.dialects.wlcg_tape.paths import Prefix
from waystation.interfaces.hot.desk import MakeMouth
from waystation.interfaces.services import Services
from waystation.interfaces.tus import routes as tus
from waystation.settings import Settings


def mouths(settings: Settings) -> list[MakeMouth]:
    """A maker a dialect that is wanted, in the order in which they are asked."""
    said = settings.dialects
    every = (
        (True, dav.make(settings.web.accel)),
        (True, tus.make()),
        (said.wlcg_tape.enabled, wlcg_tape.make(_wlcg_tape(settings))),
        (said.ltfsee_globus.enabled, ltfsee_globus.make(_ltfsee_globus(settings))),
        (said.datahost.enabled, datahost.make(_datahost(settings))),
    )
    return [make for wanted, make in every if wanted]


def mwa_staging(settings: Settings) -> MwaTerms:
    """How MWA's staging daemon is spoken here, on its own port."""
    said = settings.dialects.mwa_staging
    return MwaTerms(
        networks=tuple(said.networks),
        account=said.account,
        store=said.store,
        prefix=said.prefix,
        lifetime=timedelta(seconds=said.job_lifetime_s),
        hold=timedelta(seconds=said.hold_s),
        fresh=timedelta(seconds=said.filestatus_fresh_s),
        report=timedelta(days=said.report_days),
    )


def steps(settings: Settings, house: Services) -> list[tuple[str, Callable[[], int], float]]:
    """Steps of dialects that go on after their answer: name, step, seconds between looks."""
    said = settings.dialects.mwa_staging
    if not said.listen:
        return []
    terms = mwa_staging(settings)
    look = resolver.named(said.resolver, said.data_files_url, said.lookup_timeout_s)
    return mwa.steps(mwa.Desk(house, terms, Standing(house, terms), look))


def _wlcg_tape(settings: Settings) -> Terms:
    said = settings.dialects.wlcg_tape
    prefixes = [
        Prefix("/" + url.strip("/") if url.strip("/") else "", at.store, str(at.root).rstrip("/"))
        for url, at in said.prefixes.items()
    ]
    return Terms(
        sitename=said.sitename,
        url=settings.web.url,
        prefixes=tuple(prefixes),
        max_files=said.max_files,
        lifetime=timedelta(seconds=said.disk_lifetime_s),
    )


def _ltfsee_globus(settings: Settings) -> ltfsee_globus.Terms:
    said = settings.dialects.ltfsee_globus
    name = said.store or next(iter(settings.stores), "")
    backend = settings.backends.get(settings.stores[name].backend) if name else None
    return ltfsee_globus.Terms(
        store=said.store,
        shared=Shared(said.shared_key.get_secret_value() if said.shared_key else "", said.account),
        libraries=tuple(getattr(backend, "libraries", ())),
        pin_s=int(said.pin_s),
    )


def _datahost(settings: Settings) -> DataHostTerms:
    said = settings.dialects.datahost
    lifetime = timedelta(seconds=said.session_s)
    return DataHostTerms(said.space, lifetime, plain_password=said.plain_password)
