"""Which dialects are spoken here; the one place that names them."""

import socket
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from waystation.bootstrap import sites
from waystation.bootstrap.mover import seal
from waystation.bootstrap.remotes import remotes
from waystation.interfaces.certificates import routes as certificates
from waystation.interfaces.dav import routes as dav
from waystation.interfaces.dav.ways import Mover, Ways
from waystation.interfaces.dialects.act import controller as act_steps
from waystation.interfaces.dialects.act import routes as act
from waystation.interfaces.dialects.act.terms import Terms as ActTerms
from waystation.interfaces.dialects.datahost import routes as datahost
from waystation.interfaces.dialects.datahost.terms import Terms as DataHostTerms
from waystation.interfaces.dialects.librarian import controller as librarian_steps
from waystation.interfaces.dialects.librarian import routes as librarian
from waystation.interfaces.dialects.librarian.terms import Terms as LibrarianTerms
from waystation.interfaces.dialects.ltfsee_globus import routes as ltfsee_globus
from waystation.interfaces.dialects.ltfsee_globus.keys import Shared
from waystation.interfaces.dialects.mwa_staging import controller as mwa
from waystation.interfaces.dialects.mwa_staging import resolver
from waystation.interfaces.dialects.mwa_staging import store as mwa_store
from waystation.interfaces.dialects.mwa_staging.standing import Standing
from waystation.interfaces.dialects.mwa_staging.terms import Terms as MwaTerms
from waystation.interfaces.dialects.wlcg_tape import routes as wlcg_tape
from waystation.interfaces.dialects.wlcg_tape import store as wlcg_store
from waystation.interfaces.dialects.wlcg_tape.asking import Terms
from waystation.interfaces.dialects.wlcg_tape.paths import Prefix
from waystation.interfaces.grid.tls import GridTls
from waystation.interfaces.hot.desk import MakeMouth
from waystation.interfaces.previews import serving as previews
from waystation.interfaces.services import Services
from waystation.interfaces.shares import routes as shares
from waystation.interfaces.tree import routes as tree
from waystation.interfaces.tus import routes as tus
from waystation.kernel.database import Connection
from waystation.kernel.keys import load_or_make
from waystation.kernel.sealing import Safe
from waystation.settings import Settings

_FORGOTTEN = 1_000


def mouths(settings: Settings) -> list[MakeMouth]:
    """A maker a dialect that is wanted, in the order in which they are asked."""
    said = settings.dialects
    ways = Ways(settings.web.accel, mover(settings))
    every = (
        # First: it answers for the whole of the other origin.
        (True, previews.make(settings.web.content_url or "")),
        (
            True,
            dav.make(ways, lambda: remotes(settings.transfers), settings.transfers.most),
        ),
        (True, tus.make()),
        (bool(settings.grid.port), certificates.make(web_url(settings))),
        (True, shares.make(ways)),
        (True, tree.make()),
        (said.wlcg_tape.enabled, wlcg_tape.make(_wlcg_tape(settings))),
        (said.ltfsee_globus.enabled, ltfsee_globus.make(_ltfsee_globus(settings))),
        (said.datahost.enabled, datahost.make(_datahost(settings))),
        (said.act.enabled, act.make(_act(settings))),
    )
    makers = [make for wanted, make in every if wanted]
    if said.librarian.enabled:
        makers.append(
            librarian.make(librarian_terms(settings), partial(sites.neighbours, settings))
        )
    return makers


def web_url(settings: Settings) -> str:
    """Where people find the pages."""
    web = settings.web
    scheme = "https" if web.tls_certificate else "http"
    return web.url or f"{scheme}://{web.host}:{web.port}"


def mover(settings: Settings) -> Mover | None:
    """Our own port for bytes, if it is on."""
    said = settings.mover
    if not said.port:
        return None
    tls = (said.certificate or settings.web.tls_certificate) is not None
    return Mover(seal(settings), said.port, said.url or "", tls, said.everybody)


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
    rows = []
    if settings.dialects.librarian.enabled:
        rows += librarian_steps.steps(
            house, librarian_terms(settings), sites.neighbours(settings, house)
        )
    if settings.dialects.act.enabled:
        rows += act_steps.steps(house)
    said = settings.dialects.mwa_staging
    if said.listen:
        terms = mwa_staging(settings)
        look = resolver.named(said.resolver, said.data_files_url, said.lookup_timeout_s)
        rows += mwa.steps(mwa.Desk(house, terms, Standing(house, terms), look))
    if settings.planner.history_days:
        kept = timedelta(days=settings.planner.history_days)
        rows.append(("dialects-forget", partial(forget, house, kept), 3_600.0))
    return rows


def forget(house: Services, kept: timedelta) -> int:
    """Dialects forget what they noted of requests that are forgotten; how many notes."""
    before = house.clock.now() - kept

    def work(conn: Connection) -> int:
        gone = wlcg_store.forget(conn, before=before, limit=_FORGOTTEN)
        return gone + mwa_store.forget(conn, limit=_FORGOTTEN)

    return house.database.run(work)


def librarian_terms(settings: Settings) -> LibrarianTerms:
    """How the Librarian is spoken here."""
    said = settings.dialects.librarian
    assert said.staging is not None, "the settings see to it"
    return LibrarianTerms(
        space=said.space,
        name=said.name,
        title=said.title,
        description=said.description,
        staging=said.staging,
        hostnames=said.hostnames or (socket.gethostname(),),
        most_results=said.max_search_results,
        most_bytes=said.maximal_upload_size_bytes,
        staged_for=timedelta(seconds=said.staged_for_s),
        checksum_for=timedelta(seconds=said.checksum_timeout_s),
        threads=said.checksum_threads,
        collection=said.globus_collection,
        collection_base=said.globus_base,
    )


def _act(settings: Settings) -> ActTerms:
    said, grid, keys = settings.dialects.act, settings.grid, settings.data_dir / "keys"
    name = urlsplit(settings.web.url or "").hostname or socket.gethostname()
    tls = None
    if grid.certificate is not None and grid.key is not None:
        tls = GridTls(grid.certificate, grid.key, grid.ca_dir, grid.require_crls)
    web = grid.url or (f"https://{name}:{grid.port}" if grid.port else "")
    return ActTerms(
        space=said.space,
        clusters=said.clusters,
        key=load_or_make(keys / "capabilities"),
        safe=Safe(load_or_make(keys / "proxies")),
        tls=tls,
        web=web.rstrip("/"),
        hosts=frozenset({name, urlsplit(web).hostname or name, *said.hosts}),
    )


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
