"""The house for one command of the operator, who may do everything and is named in the trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from waystation.domains.accounts.entities import ALL_SCOPES, Grant
from waystation.kernel import tracing

if TYPE_CHECKING:
    from waystation.interfaces.services import Services

OPERATOR = Grant(
    0, "the operator", admin=True, groups=frozenset(), scopes=ALL_SCOPES, via="command line"
)


@contextmanager
def opened(name: str) -> Iterator["Services"]:
    """Everything that can be asked, closed at the end; `name` is shown by the database."""
    from waystation.bootstrap.django_start import start_django
    from waystation.settings import current

    start_django()
    tracing.actor.set(tracing.OPERATOR)
    from waystation.bootstrap import house  # needs Django's models to be ready

    built = house.services(current(), name)
    try:
        yield built
    finally:
        built.database.close()
