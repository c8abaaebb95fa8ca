"""Who every caller is here: the service account, and the store it works in."""

from dataclasses import dataclass
from time import monotonic

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import StoreInfo
from waystation.interfaces.dialects.mwa_staging.terms import Terms
from waystation.interfaces.dialects.mwa_staging.translate import Tree
from waystation.interfaces.services import Services
from waystation.kernel.errors import UnavailableError

# As long as a token's rights are remembered elsewhere.
_REMEMBER_S = 30.0


@dataclass(frozen=True, slots=True)
class Here:
    """The service account, its store, and where names are in it."""

    who: Grant
    store: StoreInfo
    tree: Tree


class Standing:
    """Looks the two up by name, remembering them for half a minute."""

    def __init__(self, house: Services, terms: Terms) -> None:
        self._house = house
        self._terms = terms
        self._known: Here | None = None
        self._until = 0.0

    def remembered(self) -> Here | None:
        """What was looked up last, None when that is too long ago."""
        return self._known if monotonic() < self._until else None

    def look(self) -> Here:
        """As remembered, else looked up.

        Raises:
            UnavailableError: the settings name an account or a store that is not there.
        """
        known = self.remembered()
        if known is not None:
            return known
        terms = self._terms
        who = self._house.accounts.by_name(terms.account)
        if who is None:
            raise UnavailableError(f"The service account {terms.account!r} is not there.")
        store = self._house.catalogue.store(who, terms.store)
        below = terms.prefix.strip("/")
        base = store.root.rstrip("/") + (f"/{below}" if below else "")
        self._known = Here(who, store, Tree(base, store.root))
        self._until = monotonic() + _REMEMBER_S
        return self._known
