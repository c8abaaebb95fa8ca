"""The house as mouths see it; put here once by bootstrap, before the first request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waystation.domains.accounts.door import Accounts
from waystation.domains.audit.door import Audit
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.hosting.door import Hosting
from waystation.domains.jobs.door import Jobs
from waystation.domains.notices.door import Messages
from waystation.domains.notify.door import Notify
from waystation.domains.people.door import People, Policies
from waystation.domains.sharing.door import Sharing
from waystation.domains.staging.door import Staging
from waystation.domains.transfers.door import Transfers
from waystation.interfaces.jwt.bearers import Bearers
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database

if TYPE_CHECKING:
    from waystation.interfaces.oidc.provider import Provider


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a mouth may ask.

    Attributes:
        version: of the product.
        read_key: signs the cookie by which pages follow live news.
        capability_key: signs what lets its bearer into some places: signed addresses, macaroons.
        max_body_bytes: of a request.
        patience_s: a body must come at some pace in each such time.
        secure: the listener is reached by HTTPS.
        grid: where browsers reach the grid port: an address, or `:8443` on the pages' own host;
            empty is nowhere.
        presets: what the form of jobs is filled with, by the name that is shown.
        content_url: another origin for pictures that people stored; empty without one.
    """

    database: Database
    clock: Clock
    accounts: Accounts
    bearers: Bearers
    providers: Mapping[str, "Provider"]
    catalogue: Catalogue
    staging: Staging
    hosting: Hosting
    sharing: Sharing
    transfers: Transfers
    jobs: Jobs
    notify: Notify
    audit: Audit
    messages: Messages
    people: People
    policies: Policies
    version: str
    read_key: str
    capability_key: str
    max_body_bytes: int
    patience_s: float
    secure: bool
    grid: str
    content_url: str
    presets: Mapping[str, Mapping[str, str]]


_held: list[Services] = []


def put(services: Services) -> None:
    """Say which house this process is."""
    _held[:] = [services]


def services() -> Services:
    """The house of this process."""
    return _held[0]
