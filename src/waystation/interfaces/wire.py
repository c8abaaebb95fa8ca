"""Our API's documents: views of the subjects with the few additions that HTTP needs."""

from datetime import datetime

import msgspec

from waystation.domains.catalogue.door import Refusal
from waystation.domains.staging.door import Submitted


class SubmittedWire(msgspec.Struct):
    """The answer to a stage request."""

    id: int
    store: str
    label: str
    files: int
    folded: int
    refused: list[Refusal]
    refused_count: int
    state: str
    created: datetime
    url: str

    @classmethod
    def of(cls, done: Submitted) -> "SubmittedWire":
        """From what the service said."""
        made = done.request
        return cls(
            id=made.id,
            store=made.store,
            label=made.label,
            files=made.files,
            folded=done.folded,
            refused=done.refused,
            refused_count=done.refused_count,
            state=made.state,
            created=made.created,
            url=f"/requests/{made.id}",
        )
