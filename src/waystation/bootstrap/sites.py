"""Partner sites, put together from the settings."""

import socket
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from waystation.backends.partner.librarian import LibrarianSite
from waystation.backends.partner.librarian_wire import LibrarianWire, WireConfig
from waystation.backends.partner.waystation import SiteConfig, WaystationSite
from waystation.bootstrap.engines import engines
from waystation.bootstrap.harbour import Spaces
from waystation.bootstrap.harbour_tapes import Tapes
from waystation.domains.accounts.door import Accounts
from waystation.domains.hosting.door import Hosting
from waystation.domains.transfers.door import Desk, Endpoint, Kind, PartnerInfo, Policy, Site
from waystation.interfaces.dialects.librarian.book import SentBook
from waystation.interfaces.dialects.librarian.peers import KIND, Neighbours
from waystation.interfaces.services import Services
from waystation.kernel.clock import Clock
from waystation.kernel.keys import load_or_make
from waystation.kernel.sealing import Safe
from waystation.settings import Settings
from waystation.settings.sites import Way


def name(settings: Settings) -> str:
    """How partners call this site."""
    return settings.sites.name or socket.gethostname()


def address(settings: Settings) -> str:
    """Where partners reach us."""
    return settings.web.url or f"http://{settings.web.host}:{settings.web.port}"


def safe(settings: Settings) -> Safe:
    """Seals what partners gave us."""
    return Safe(load_or_make(settings.data_dir / "keys" / "partners"))


def policy(settings: Settings) -> Policy:
    """How this site sends and receives."""
    said = settings.sites
    return Policy(
        files=said.files,
        bytes=said.bytes,
        open=said.open,
        first_doubt=timedelta(seconds=said.again_s),
        verify=timedelta(days=said.verify_days),
        deadline=timedelta(days=said.out_days),
        patience=timedelta(days=said.in_days),
        silent=timedelta(seconds=said.silent_s),
        slow=timedelta(days=said.slow_days),
        zone=ZoneInfo(said.zone),
        paths=tuple(map(str, said.paths)),
    )


def harbour(
    settings: Settings,
    accounts: Accounts,
    hosting: Hosting,
    clock: Clock,
    *,
    key: str,
    tapes: Tapes,
) -> Spaces:
    """Our own spaces as transfers see them."""
    return Spaces(
        accounts,
        hosting,
        clock,
        key=key,
        url=address(settings),
        hosts=settings.sites.hosts,
        ways=[
            (str(settings.stores[store].root), [_end(way) for way in ways])
            for store, ways in settings.sites.ways.items()
            if store in settings.stores
        ],
        tapes=tapes,
    )


def _end(way: Way) -> Endpoint:
    facts = way.model_dump(exclude={"kind"}, exclude_defaults=True)
    return Endpoint(Kind(way.kind), facts)


def reached(settings: Settings, house: Services) -> Callable[[PartnerInfo], Site]:
    """Partners as this process reaches them; each is made once for what is known of it."""
    config = SiteConfig(settings.sites.ca_file, settings.sites.timeout_s)
    said, book = settings.dialects.librarian, SentBook(house.database, house.clock)
    ours = said.name if said.enabled else name(settings)
    made: dict[tuple[str, str, str], Site] = {}

    def site(partner: PartnerInfo) -> Site:
        key = (partner.kind, partner.url, partner.token)
        if key not in made:
            if partner.kind == KIND:
                made[key] = LibrarianSite(partner, _wire(settings, partner), book, ours)
            else:
                made[key] = WaystationSite(partner, config)
        return made[key]

    return site


def _wire(settings: Settings, partner: PartnerInfo) -> LibrarianWire:
    return LibrarianWire(partner, WireConfig(settings.sites.ca_file, settings.sites.timeout_s))


def neighbours(settings: Settings, house: Services) -> Neighbours:
    """Partners as the Librarian's dialect calls them."""
    made: dict[tuple[str, str], LibrarianWire] = {}

    def peer(partner: PartnerInfo) -> LibrarianWire:
        key = (partner.url, partner.token)
        if key not in made:
            made[key] = _wire(settings, partner)
        return made[key]

    return Neighbours(reached(settings, house), peer)


def desk(settings: Settings, house: Services) -> Desk:
    """Where the steps of transfers work."""
    return Desk(
        database=house.database,
        clock=house.clock,
        safe=safe(settings),
        engines=engines(settings, house.clock),
        sites=reached(settings, house),
        harbour=house.transfers.harbour,
        policy=policy(settings),
        host=socket.gethostname(),
    )
