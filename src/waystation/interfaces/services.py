"""The house as mouths see it; put here once by bootstrap, before the first request."""

from dataclasses import dataclass

from waystation.domains.accounts.door import Accounts
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.hosting.door import Hosting
from waystation.domains.notify.door import Notify
from waystation.domains.staging.door import Staging
from waystation.kernel.clock import Clock
from waystation.kernel.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a mouth may ask.

    Attributes:
        version: of the product.
        read_key: signs the cookie by which pages follow live news.
        max_body_bytes: of a request.
        secure: the listener is reached by HTTPS.
    """

    database: Database
    clock: Clock
    accounts: Accounts
    catalogue: Catalogue
    staging: Staging
    hosting: Hosting
    notify: Notify
    version: str
    read_key: str
    max_body_bytes: int
    secure: bool


_held: list[Services] = []


def put(services: Services) -> None:
    """Say which house this process is."""
    _held[:] = [services]


def services() -> Services:
    """The house of this process."""
    return _held[0]
