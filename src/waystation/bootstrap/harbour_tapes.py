"""Files of spaces that are on tape, for shipments: staging, behind the port of transfers.

A shipment's files are one stage request of the rule's owner, under the shipment's own name: asked
for twice it is the same request, and staging brings all requests of a tape in the order on it.
"""

from collections.abc import Sequence

from waystation.domains.accounts.door import Grant
from waystation.domains.catalogue.door import Catalogue
from waystation.domains.hosting.door import Space
from waystation.domains.staging.door import Ask, Staging
from waystation.domains.transfers.ports import Brought
from waystation.kernel.errors import ConflictError, NotFoundError

_MOST = 1_000
_ENDED = ("failed", "cancelled")


class Tapes:
    """What is asked of staging.

    Args:
        staging, catalogue: of the house.
    """

    def __init__(self, staging: Staging, catalogue: Catalogue) -> None:
        self._staging = staging
        self._catalogue = catalogue

    def bring(
        self, who: Grant, space: Space, name: str, paths: Sequence[str], *, hold_s: int
    ) -> Brought:
        """Have files of a space on disk and held there; see `Harbour.bring`."""
        where = self._catalogue.by_id(space.store_id)
        if not where.backend:
            return Brought()
        ask = Ask(
            [f"{space.base}/{path}" for path in paths],
            "",
            pin_lifetime_s=hold_s,
            external_id=name,
            label=f"{space.name}: goes to another site",
            confirm=True,
        )
        view = self._staging.submit(who, ask, where=where).request
        counts = view.counts
        waiting = counts.waiting + counts.queued + counts.recalling
        failed = {}
        if not waiting and (counts.failed or counts.cancelled):
            for state in _ENDED:
                for item in self._staging.files(who, view.id, state=state, limit=_MOST):
                    path = item.path.removeprefix(f"{space.base}/")
                    failed[path] = item.error or f"It did not come from tape: {state}."
        return Brought(view.id, waiting, failed)

    def release(self, who: Grant, request: int) -> None:
        """Give back what is held by a request; one that is not there is good."""
        try:
            view = self._staging.request(who, request)
            if view.finished is None:
                self._staging.cancel(who, request)
            self._staging.release(who, request)
        except (NotFoundError, ConflictError):
            return
